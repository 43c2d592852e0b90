/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { base32, base64 } from './base64.ts';
import { main as basename, dirnameMain as dirname } from './basename.ts';
import { main as cat } from './cat.ts';
import { main as chmod } from './chmod.ts';
import { chgrp, main as chown } from './chown.ts';
import { main as cksum, sum } from './cksum.ts';
import { main as cp } from './cp.ts';
import { main as date } from './date.ts';
import { main as dd } from './dd.ts';
import { main as df } from './df.ts';
import { md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum } from './digest.ts';
import { main as du } from './du.ts';
import { main as echo } from './echo.ts';
import { main as env, printenv } from './env.ts';
import { main as expr } from './expr.ts';
import { main as factor } from './factor.ts';
import { main as hd, main as hexdump } from './hexdump.ts';
import { groups, main as id, logname, users, who, whoami } from './id.ts';
import { main as install } from './install.ts';
import { linkMain as link, main as ln } from './ln.ts';
import { main as ls } from './ls/ls.ts';
import { main as mkdir, mkfifoMain as mkfifo, mknodMain as mknod, rmdirMain as rmdir } from './mkdir.ts';
import { main as mktemp } from './mktemp.ts';
import { main as mv } from './mv.ts';
import { main as od } from './od.ts';
import { main as pathchk } from './pathchk.ts';
import { main as printf } from './printf.ts';
import { pwd, main as readlink, realpathMain as realpath } from './readlink.ts';
import { main as rm, unlinkMain as unlink } from './rm.ts';
import { main as seq } from './seq.ts';
import { main as sleep } from './sleep.ts';
import { main as split } from './split.ts';
import { main as stat } from './stat.ts';
import { main as stty } from './stty.ts';
import { main as sync } from './sync.ts';
import { main as tee } from './tee.ts';
import { main as test } from './test.ts';
import { nice, nohup, main as timeout } from './timeout.ts';
import { main as touch } from './touch.ts';
import { falseMain, main as trueMain } from './true.ts';
import { fallocateMain as fallocate, main as truncate } from './truncate.ts';
import { arch, hostname, nproc, tty, main as uname } from './uname.ts';
import { main as xxd } from './xxd.ts';
import { main as yes } from './yes.ts';

export const programs: Record<string, Main> = {
  '[': test,
  arch,
  base32,
  base64,
  basename,
  cat,
  chgrp,
  chmod,
  chown,
  cksum,
  cp,
  date,
  dd,
  df,
  dirname,
  du,
  echo,
  env,
  expr,
  factor,
  fallocate,
  false: falseMain,
  groups,
  hd,
  hexdump,
  hostname,
  id,
  install,
  link,
  ln,
  logname,
  ls,
  md5sum,
  mkdir,
  mkfifo,
  mknod,
  mktemp,
  mv,
  nice,
  nohup,
  nproc,
  od,
  pathchk,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  rm,
  rmdir,
  seq,
  sha1sum,
  sha224sum,
  sha256sum,
  sha384sum,
  sha512sum,
  sleep,
  split,
  stat,
  stty,
  sum,
  sync,
  tee,
  test,
  timeout,
  touch,
  true: trueMain,
  truncate,
  tty,
  uname,
  unlink,
  users,
  who,
  whoami,
  xxd,
  yes,
};
