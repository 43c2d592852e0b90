/**
 * ioctl(2) of terminals: ioctl_tty(2). The requests about settings act on the slave also when they come through a
 * pty's master; those about queues act on the caller's side (pty-master.ts answers them for the master).
 */
import { EFAULT, EINVAL, EIO, ENOTTY, EPERM, ESRCH } from '../abi/errno.ts';
import * as io from '../abi/ioctl.ts';
import { SIGTTOU } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import { Errno, fail } from '../errors.ts';
import type { File } from '../fs/file.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import { acquireByIoctl, checkBackground, hangUp, leaderLeaves, terminalOf } from './job-control.ts';
import { baudCode, baudRate, type Termios } from './termios.ts';
import type { Tty } from './tty.ts';

/** A request through a file of the terminal itself. */
export function ttyIoctl(task: Task, file: File, tty: Tty, request: number, argument: number): number {
  switch (request) {
    case io.TIOCSCTTY:
      return acquireByIoctl(task, tty, argument, file.isReadable);
    case io.TIOCNOTTY:
      return giveUp(task, tty);
    case io.TIOCGPGRP:
    case io.TIOCGSID:
      if (terminalOf(task.group.session) !== tty) fail(ENOTTY, 'not the controlling terminal');
      return sharedIoctl(task, tty, request, argument);
    case io.FIONREAD:
      task.memory.writeI32(argument, tty.discipline.readableBytes);
      return 0;
    case io.TIOCOUTQ:
      task.memory.writeI32(argument, tty.echoes.length);
      return 0;
    case io.TCFLSH:
      checkBackground(task, tty, SIGTTOU);
      return flush(tty, argument);
    case io.TCXONC:
      checkBackground(task, tty, SIGTTOU);
      return flowControl(tty, argument);
    case io.TCSBRK:
    case io.TCSBRKP:
    case io.TIOCSBRK:
    case io.TIOCCBRK:
      // There is no line to send a break on; output needs no draining beyond what the driver has.
      checkBackground(task, tty, SIGTTOU);
      return 0;
    case io.TIOCSTI:
      return insert(task, tty, argument);
    case io.TIOCVHANGUP:
      if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'TIOCVHANGUP');
      hangUp(tty);
      return 0;
    default:
      return sharedIoctl(task, tty, request, argument);
  }
}

/** Requests that mean the same through the master and the slave; `tty` is the slave. */
export function sharedIoctl(task: Task, tty: Tty, request: number, argument: number): number {
  const { memory } = task;
  switch (request) {
    case io.TCGETS:
      memory.copyOut(argument, abi.TermiosStruct.encode(tty.termios));
      return 0;
    case io.TCGETS2:
      memory.copyOut(argument, abi.Termios2Struct.encode(tty.termios));
      return 0;
    case io.TCGETA:
      memory.copyOut(argument, abi.TermioStruct.encode(tty.termios));
      return 0;
    case io.TCSETS:
    case io.TCSETSW:
    case io.TCSETSF:
    case io.TCSETS2:
    case io.TCSETSW2:
    case io.TCSETSF2:
    case io.TCSETA:
    case io.TCSETAW:
    case io.TCSETAF:
      return setTermios(task, tty, request, argument);
    case io.TIOCGWINSZ:
      memory.copyOut(argument, abi.Winsize.encode(tty.windowSize));
      return 0;
    case io.TIOCSWINSZ:
      tty.setWindowSize(abi.Winsize.decode(memory.copyIn(argument, abi.Winsize.size)));
      return 0;
    case io.TIOCGPGRP:
      memory.writeI32(argument, tty.foreground?.id ?? 0);
      return 0;
    case io.TIOCSPGRP:
      return setForeground(task, tty, argument);
    case io.TIOCGSID:
      if (tty.session === undefined) fail(ENOTTY, 'TIOCGSID: no session');
      memory.writeI32(argument, tty.session.id);
      return 0;
    case io.TIOCEXCL:
      tty.isExclusive = true;
      return 0;
    case io.TIOCNXCL:
      tty.isExclusive = false;
      return 0;
    case io.TIOCGEXCL:
      memory.writeI32(argument, tty.isExclusive ? 1 : 0);
      return 0;
    case io.TIOCGETD:
      memory.writeI32(argument, abi.N_TTY);
      return 0;
    case io.TIOCSETD:
      if (memory.readI32(argument) !== abi.N_TTY) fail(EINVAL, 'TIOCSETD: only N_TTY');
      return 0;
    case io.TIOCGDEV:
      memory.writeI32(argument, tty.rdev);
      return 0;
    case io.TIOCGSOFTCAR:
      memory.writeI32(argument, (tty.termios.cflag & abi.CLOCAL) === 0 ? 0 : 1);
      return 0;
    case io.TIOCSSOFTCAR: {
      const isLocal = memory.readI32(argument) !== 0;
      const { cflag } = tty.termios;
      tty.setTermios({ ...tty.termios, cflag: isLocal ? cflag | abi.CLOCAL : cflag & ~abi.CLOCAL });
      return 0;
    }
    default:
      return fail(ENOTTY, 'unknown terminal request');
  }
}

function giveUp(task: Task, tty: Tty): number {
  const { session } = task.group;
  if (session.terminal !== tty) fail(ENOTTY, 'TIOCNOTTY: not the controlling terminal');
  // Linux: a process that is no leader loses the terminal for itself alone; here the session keeps it for all.
  if (task.group.isSessionLeader) leaderLeaves(tty, session, 'ioctl');
  return 0;
}

function setForeground(task: Task, tty: Tty, argument: number): number {
  try {
    checkBackground(task, tty, SIGTTOU);
  } catch (error) {
    if (error instanceof Errno && error.errno === EIO) fail(ENOTTY, 'TIOCSPGRP: orphaned process group');
    throw error;
  }
  const { session } = task.group;
  if (session.terminal !== tty || tty.session !== session)
    fail(ENOTTY, 'TIOCSPGRP: not the controlling terminal');
  const id = task.memory.readI32(argument);
  if (id < 0) fail(EINVAL, 'TIOCSPGRP: negative');
  const group = task.kernel.tasks.processGroups.get(id);
  if (group === undefined) return fail(ESRCH, 'TIOCSPGRP: no such process group');
  if (group.session !== session) fail(EPERM, 'TIOCSPGRP: process group of another session');
  tty.foreground = group;
  return 0;
}

function setTermios(task: Task, tty: Tty, request: number, argument: number): number {
  checkBackground(task, tty, SIGTTOU);
  const wanted = decodeTermios(task, tty.termios, request, argument);
  const isFlushing = request === io.TCSETSF || request === io.TCSETSF2 || request === io.TCSETAF;
  if (isFlushing) {
    tty.driver.flushInput();
    tty.discipline.flush();
  }
  tty.setTermios(wanted);
  return 0;
}

function decodeTermios(task: Task, old: Termios, request: number, argument: number): Termios {
  const { memory } = task;
  switch (request) {
    case io.TCSETA:
    case io.TCSETAW:
    case io.TCSETAF: {
      const given = abi.TermioStruct.decode(memory.copyIn(argument, abi.TermioStruct.size));
      const cc = old.cc.slice();
      cc.set(given.cc);
      return {
        ...old,
        iflag: (old.iflag & ~0xffff) | given.iflag,
        oflag: (old.oflag & ~0xffff) | given.oflag,
        cflag: (old.cflag & ~0xffff) | given.cflag,
        lflag: (old.lflag & ~0xffff) | given.lflag,
        cc,
      };
    }
    case io.TCSETS2:
    case io.TCSETSW2:
    case io.TCSETSF2: {
      const given = abi.Termios2Struct.decode(memory.copyIn(argument, abi.Termios2Struct.size));
      const speed = baudRate(given.cflag, given.ospeed);
      const cflag = (given.cflag & ~abi.CBAUD) | baudCode(speed);
      return { ...given, cflag, line: abi.N_TTY, ispeed: speed, ospeed: speed };
    }
    default: {
      const given = abi.TermiosStruct.decode(memory.copyIn(argument, abi.TermiosStruct.size));
      const speed = baudRate(given.cflag, old.ospeed);
      return { ...given, line: abi.N_TTY, ispeed: speed, ospeed: speed };
    }
  }
}

function flush(tty: Tty, which: number): number {
  if (which !== abi.TCIFLUSH && which !== abi.TCOFLUSH && which !== abi.TCIOFLUSH) fail(EINVAL, 'TCFLSH');
  if (which !== abi.TCOFLUSH) {
    tty.driver.flushInput();
    tty.discipline.flush();
    tty.driver.unthrottle();
  }
  if (which !== abi.TCIFLUSH) tty.flushOutput();
  return 0;
}

function flowControl(tty: Tty, action: number): number {
  const { cc } = tty.termios;
  switch (action) {
    case abi.TCOOFF:
      tty.stop('ioctl');
      return 0;
    case abi.TCOON:
      tty.start('ioctl');
      return 0;
    case abi.TCIOFF:
      return sendCharacter(tty, cc[abi.VSTOP]!);
    case abi.TCION:
      return sendCharacter(tty, cc[abi.VSTART]!);
    default:
      return fail(EINVAL, 'TCXONC');
  }
}

function sendCharacter(tty: Tty, c: number): number {
  if (c !== abi.POSIX_VDISABLE && tty.driver.writeRoom() > 0) tty.driver.write(Uint8Array.of(c));
  return 0;
}

/** TIOCSTI: a byte as if it had been typed. Linux: with dev.tty.legacy_tiocsti = 0, as distributions have it. */
function insert(task: Task, tty: Tty, argument: number): number {
  if (!task.capable(CAP_SYS_ADMIN)) fail(EIO, 'TIOCSTI without CAP_SYS_ADMIN');
  const byte = task.memory.copyIn(argument, 1);
  if (byte.length < 1) fail(EFAULT, 'TIOCSTI');
  tty.receive(byte);
  return 0;
}
