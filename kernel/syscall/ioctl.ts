/**
 * ioctl(2): the requests that mean the same for every file; all others go to the file. vhangup(2), which has no better
 * place.
 */
import { EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import { O_ASYNC, O_NONBLOCK } from '../abi/fcntl.ts';
import {
  FIGETBSZ,
  FIOASYNC,
  FIOCLEX,
  FIOGETOWN,
  FIONBIO,
  FIONCLEX,
  FIONREAD,
  FIOQSIZE,
  FIOSETOWN,
  SIOCGPGRP,
  SIOCSPGRP,
} from '../abi/ioctl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import type { File } from '../fs/file.ts';
import { setAsync } from '../fs/file-owner.ts';
import { CAP_SYS_TTY_CONFIG } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { ownerId, setOwnerId } from './descriptors.ts';
import { full, type Row } from './table.ts';

/** ioctl(2) */
function sysIoctl(task: Task, args: Args): number {
  const fd = args.fd(0);
  const file = task.file(fd);
  const request = args.u32(1);
  const argument = args.ptr(2);
  const type = file.inode.mode & S_IFMT;
  switch (request) {
    case FIOCLEX:
      task.files.setCloexec(fd, true);
      return 0;
    case FIONCLEX:
      task.files.setCloexec(fd, false);
      return 0;
    case FIONBIO:
      return setFlag(task, file, O_NONBLOCK, argument);
    case FIOASYNC:
      setFlag(task, file, O_ASYNC, argument);
      setAsync(file, fd, (file.flags & O_ASYNC) !== 0);
      return 0;
    case FIOSETOWN:
    case SIOCSPGRP:
      setOwnerId(task, file, task.memory.readI32(argument));
      return 0;
    case FIOGETOWN:
    case SIOCGPGRP:
      task.memory.writeI32(argument, ownerId(file));
      return 0;
    case FIOQSIZE:
      if (type !== S_IFREG && type !== S_IFDIR && type !== S_IFLNK) break;
      task.memory.writeU64(argument, file.inode.size);
      return 0;
    case FIGETBSZ:
      if (file.inode.blockSize === 0) fail(EINVAL, 'FIGETBSZ: no block size');
      task.memory.writeI32(argument, file.inode.blockSize);
      return 0;
    case FIONREAD:
      if (type !== S_IFREG) break;
      task.memory.writeI32(argument, file.inode.size - file.position);
      return 0;
  }
  return file.ioctl(task, request, argument);
}

function setFlag(task: Task, file: File, flag: number, at: number): number {
  if (at === 0) fail(EFAULT, 'ioctl: null pointer');
  const isOn = task.memory.readI32(at) !== 0;
  file.flags = isOn ? file.flags | flag : file.flags & ~flag;
  return 0;
}

/** vhangup(2) */
function sysVhangup(task: Task): number {
  if (!task.capable(CAP_SYS_TTY_CONFIG)) fail(EPERM, 'vhangup');
  task.kernel.ttys.hangUpTerminalOf(task.group.session);
  return 0;
}

export const ioctlTable: Row[] = [
  [16, full('ioctl', 'fd request ptr', sysIoctl)],
  [153, full('vhangup', '', sysVhangup)],
];
