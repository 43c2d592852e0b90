/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { main as basename, dirnameMain as dirname } from './basename.ts';
import { main as cat } from './cat.ts';
import { main as chmod } from './chmod.ts';
import { chgrp, main as chown } from './chown.ts';
import { main as cp } from './cp.ts';
import { main as date } from './date.ts';
import { main as echo } from './echo.ts';
import { main as env, printenv } from './env.ts';
import { linkMain as link, main as ln } from './ln.ts';
import { main as ls } from './ls/ls.ts';
import { main as mkdir, mkfifoMain as mkfifo, mknodMain as mknod, rmdirMain as rmdir } from './mkdir.ts';
import { main as mv } from './mv.ts';
import { main as printf } from './printf.ts';
import { pwd, main as readlink, realpathMain as realpath } from './readlink.ts';
import { main as rm, unlinkMain as unlink } from './rm.ts';
import { main as seq } from './seq.ts';
import { main as sleep } from './sleep.ts';
import { main as tee } from './tee.ts';
import { main as test } from './test.ts';
import { main as touch } from './touch.ts';
import { falseMain, main as trueMain } from './true.ts';
import { main as yes } from './yes.ts';

export const programs: Record<string, Main> = {
  '[': test,
  basename,
  cat,
  chgrp,
  chmod,
  chown,
  cp,
  date,
  dirname,
  echo,
  env,
  false: falseMain,
  link,
  ln,
  ls,
  mkdir,
  mkfifo,
  mknod,
  mv,
  printenv,
  printf,
  pwd,
  readlink,
  realpath,
  rm,
  rmdir,
  seq,
  sleep,
  tee,
  test,
  touch,
  true: trueMain,
  unlink,
  yes,
};
