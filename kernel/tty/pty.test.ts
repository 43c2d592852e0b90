import { beforeEach, describe, expect, it } from 'vitest';
import * as errno from '../abi/errno.ts';
import { O_NOCTTY, O_NONBLOCK, O_RDWR } from '../abi/fcntl.ts';
import * as io from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLPRI } from '../abi/poll.ts';
import { SIGCONT, SIGHUP, SIGINT, SIGTTIN, SIGTTOU, SIGWINCH } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import { setHandler } from '../task/testing.ts';
import type { Caller } from '../syscall/testing.ts';
import { StringPort, TestTerminal, TtyCaller, changeTermios } from './testing.ts';

let c: TtyCaller;
beforeEach(() => {
  c = new TtyCaller();
});

describe('a pty', () => {
  it('carries what is typed to the slave, and echo and output to the master', () => {
    const m = c.master();
    expect(c.ioctlInt(m, io.TIOCGPTN)).toBe(0);
    const s = c.open('/dev/pts/0', O_RDWR | O_NOCTTY) as number;
    c.write(m, 'ls\n');
    expect(c.read(m)).toBe('ls\r\n');
    expect(c.read(s)).toBe('ls\n');
    c.write(s, 'a\n');
    expect(c.ioctlInt(m, io.FIONREAD)).toBe(3);
    expect(c.read(m)).toBe('a\r\n');
  });

  it('opens only when it is unlocked, and has the number and the node for itself', () => {
    const m = c.open('/dev/ptmx', O_RDWR) as number;
    expect(c.open('/dev/pts/0', O_RDWR)).toBe(-errno.EIO);
    c.ioctlSet(m, io.TIOCSPTLCK, 0);
    const second = c.master();
    expect(c.ioctlInt(second, io.TIOCGPTN)).toBe(1);
    c.close(m);
    expect(c.open('/dev/pts/0', O_RDWR)).toBe(-errno.ENOENT);
    expect(c.ioctlInt(c.master(), io.TIOCGPTN)).toBe(0);
    const peer = c.call('ioctl', second, io.TIOCGPTPEER, O_RDWR | O_NOCTTY) as number;
    c.write(second, 'x\n');
    expect(c.read(peer)).toBe('x\n');
  });

  it('gives the master EIO and POLLHUP while nobody has the slave open any more', () => {
    const m = c.master();
    expect(c.poll(m)).toBe(POLLOUT | 0x100);
    const s = c.open('/dev/pts/0', O_RDWR | O_NOCTTY) as number;
    c.write(s, 'last');
    c.close(s);
    expect(c.poll(m) & POLLHUP).toBe(POLLHUP);
    expect(c.read(m)).toBe('last');
    expect(c.read(m)).toBe(-errno.EIO);
    c.open('/dev/pts/0', O_RDWR | O_NOCTTY);
    expect(c.poll(m) & POLLHUP).toBe(0);
  });

  it('blocks a writer whose master does not read, and loses nothing', () => {
    const m = c.master();
    const s = c.open('/dev/pts/0', O_RDWR | O_NOCTTY) as number;
    const child = c.fork();
    const text = 'line\n'.repeat(8000);
    expect(child.write(s, text)).toBeUndefined();
    let got = '';
    while (got.length < 48000) got += String(c.read(m, 3000));
    expect(got).toBe(text.replaceAll('\n', '\r\n'));
    expect(child.later).toBe(40000);
  });

  it('tells its master of flushes and flow control in packet mode', () => {
    const m = c.master();
    const s = c.open('/dev/pts/0', O_RDWR | O_NOCTTY) as number;
    c.ioctlSet(m, io.TIOCPKT, 1);
    c.write(s, 'x');
    expect(c.read(m)).toBe('\0x');
    c.call('ioctl', s, io.TCFLSH, abi.TCIOFLUSH);
    expect(c.poll(m) & POLLPRI).toBe(POLLPRI);
    expect(c.read(m)).toBe('\x03');
    changeTermios(c, s, t => (t.iflag &= ~abi.IXON));
    expect(c.read(m)).toBe(String.fromCharCode(io.TIOCPKT_NOSTOP));
    changeTermios(c, s, t => (t.iflag |= abi.IXON));
    expect(c.read(m)).toBe(String.fromCharCode(io.TIOCPKT_DOSTOP));
  });

  it('holds output after ^S until ^Q', () => {
    const m = c.master();
    const s = c.open('/dev/pts/0', O_RDWR | O_NOCTTY | O_NONBLOCK) as number;
    c.write(m, '\x13');
    expect(c.write(s, 'stopped')).toBe(-errno.EAGAIN);
    c.write(m, '\x11');
    expect(c.write(s, 'gone')).toBe(4);
    c.call('ioctl', s, io.TCXONC, abi.TCOOFF);
    c.write(m, '\x11');
    expect(c.write(s, 'stopped')).toBe(-errno.EAGAIN);
  });

  it('flushes on the caller’s side', () => {
    const m = c.master();
    const s = c.open('/dev/pts/0', O_RDWR | O_NOCTTY) as number;
    c.write(m, 'ghi\n');
    c.call('ioctl', m, io.TCFLSH, abi.TCIFLUSH);
    expect(c.poll(m) & POLLIN).toBe(0);
    expect(c.read(s)).toBe('ghi\n');
    c.write(m, 'jkl\n');
    c.call('ioctl', s, io.TCFLSH, abi.TCIFLUSH);
    expect(c.poll(s) & POLLIN).toBe(0);
    expect(c.read(m)).toBe('jkl\r\n');
  });
});

describe('VMIN and VTIME', () => {
  const raw = (min: number, time: number): [number, Caller, number] => {
    const m = c.master();
    const child = c.fork();
    const s = child.open('/dev/pts/0', O_RDWR | O_NOCTTY) as number;
    changeTermios(child, s, t => {
      t.lflag = 0;
      t.cc[abi.VMIN] = min;
      t.cc[abi.VTIME] = time;
    });
    return [m, child, s];
  };

  it('MIN 3, TIME 0: waits for three bytes', () => {
    const [m, child, s] = raw(3, 0);
    expect(child.read(s)).toBeUndefined();
    c.write(m, 'ab');
    expect(child.later).toBeUndefined();
    expect(child.task.state).toBe('sleeping');
    c.write(m, 'c');
    expect(child.readLater()).toBe('abc');
  });

  it('MIN 0, TIME 0: gives what is there', () => {
    const [m, child, s] = raw(0, 0);
    expect(child.read(s)).toBe('');
    c.write(m, 'a');
    expect(child.read(s)).toBe('a');
  });

  it('MIN 0, TIME 2: waits for two tenths of a second', () => {
    const [, child, s] = raw(0, 2);
    expect(child.read(s)).toBeUndefined();
    c.guest.advance(199e6);
    expect(child.later).toBeUndefined();
    c.guest.advance(1e6);
    expect(child.readLater()).toBe('');
  });

  it('MIN 5, TIME 1: waits for the first byte, then at most a tenth of a second after each', () => {
    const [m, child, s] = raw(5, 1);
    expect(child.read(s)).toBeUndefined();
    c.guest.advance(5e9);
    expect(child.later).toBeUndefined();
    c.write(m, 'a');
    c.guest.advance(60e6);
    c.write(m, 'b');
    c.guest.advance(60e6);
    expect(child.later).toBeUndefined();
    c.guest.advance(40e6);
    expect(child.readLater()).toBe('ab');
  });
});

describe('job control', () => {
  it('makes the terminal that a session leader opens its controlling terminal', () => {
    const m = c.master();
    const { leader, fd } = c.leader();
    expect(leader.ioctlInt(fd, io.TIOCGSID)).toBe(leader.task.tid);
    expect(leader.ioctlInt(fd, io.TIOCGPGRP)).toBe(leader.task.tid);
    expect(c.ioctlInt(m, io.TIOCGPGRP)).toBe(leader.task.tid);
    const tty = leader.open('/dev/tty', O_RDWR) as number;
    leader.write(tty, 'hi');
    expect(c.read(m)).toBe('hi');
    expect(c.open('/dev/tty', O_RDWR)).toBe(-errno.ENXIO);
  });

  it('sends ^C to the foreground group only', () => {
    const m = c.master();
    const { leader, fd } = c.leader();
    const job = leader.fork();
    job.call('setpgid', 0, 0);
    setHandler(c.guest, leader.task, SIGTTOU, 1);
    expect(leader.ioctlSet(fd, io.TIOCSPGRP, job.task.tid)).toBe(0);
    c.write(m, '\x03');
    c.guest.pump();
    expect(job.task.isDead || job.task.pending.has(SIGINT) || job.task.group.sharedPending.has(SIGINT)).toBe(
      true,
    );
    expect(leader.task.group.sharedPending.has(SIGINT)).toBe(false);
    expect(c.read(m)).toBe('^C');
    expect(leader.ioctlSet(fd, io.TIOCSPGRP, 9999)).toBe(-errno.ESRCH);
    expect(leader.ioctlSet(fd, io.TIOCSPGRP, 1)).toBe(-errno.EPERM);
  });

  it('stops a background reader with SIGTTIN and restarts its read in the foreground', () => {
    const m = c.master();
    const { leader, fd } = c.leader();
    const job = leader.fork();
    job.call('setpgid', 0, 0);
    expect(job.read(fd)).toBeUndefined();
    expect(job.task.state).toBe('stopped');
    setHandler(c.guest, leader.task, SIGTTOU, 1);
    leader.ioctlSet(fd, io.TIOCSPGRP, job.task.tid);
    leader.call('kill', -job.task.tid, SIGCONT);
    expect(job.task.state).toBe('sleeping');
    c.write(m, 'yes\n');
    expect(job.readLater()).toBe('yes\n');
  });

  it('gives EIO to a background reader that ignores SIGTTIN', () => {
    c.master();
    const { leader, fd } = c.leader();
    const job = leader.fork();
    job.call('setpgid', 0, 0);
    setHandler(c.guest, job.task, SIGTTIN, 1);
    expect(job.read(fd)).toBe(-errno.EIO);
  });

  it('lets background writers through unless TOSTOP is set', () => {
    const m = c.master();
    const { leader, fd } = c.leader();
    const job = leader.fork();
    job.call('setpgid', 0, 0);
    expect(job.write(fd, 'x')).toBe(1);
    expect(c.read(m)).toBe('x');
    changeTermios(leader, fd, t => (t.lflag |= abi.TOSTOP));
    expect(job.write(fd, 'y')).toBeUndefined();
    expect(job.task.state).toBe('stopped');
  });

  it('hangs up when the master is closed', () => {
    const m = c.master();
    const { leader, fd } = c.leader();
    const job = leader.fork();
    job.call('setpgid', 0, 0);
    setHandler(c.guest, leader.task, SIGTTOU, 1);
    leader.ioctlSet(fd, io.TIOCSPGRP, job.task.tid);
    for (const one of [leader, job]) {
      setHandler(c.guest, one.task, SIGHUP, 7);
      setHandler(c.guest, one.task, SIGCONT, 7);
    }
    leader.close(m);
    job.close(m);
    c.close(m);
    expect(leader.task.group.sharedPending.has(SIGHUP)).toBe(true);
    expect(job.task.group.sharedPending.has(SIGHUP)).toBe(false);
    expect(job.task.group.session.terminal?.rdev).toBe(0);
    expect(job.read(fd)).toBe('');
    expect(job.write(fd, 'x')).toBe(-errno.EIO);
    expect(job.call('ioctl', fd, io.TCGETS, job.out)).toBe(-errno.EIO);
    leader.call('exit_group', 0);
    leader.call('exit_group', 0);
    leader.call('exit_group', 0);
    expect(leader.task.isDead).toBe(true);
    expect(job.task.group.sharedPending.has(SIGHUP) || job.task.signalFrames.length > 0).toBe(true);
  });

  it('sends SIGWINCH when the size changes, and only then', () => {
    const m = c.master();
    const { leader, fd } = c.leader();
    setHandler(c.guest, leader.task, SIGWINCH, 7);
    c.bytes(abi.Winsize.encode({ rows: 30, columns: 100 }), c.out);
    expect(c.call('ioctl', m, io.TIOCSWINSZ, c.out)).toBe(0);
    expect(leader.call('ioctl', fd, io.TIOCGWINSZ, leader.out)).toBe('handler');
    leader.call('rt_sigreturn');
    expect(leader.task.memory.readU32(leader.out)).toBe(30 | (100 << 16));
    c.bytes(abi.Winsize.encode({ rows: 30, columns: 100 }), c.out);
    c.call('ioctl', m, io.TIOCSWINSZ, c.out);
    expect(leader.task.isSignalPending).toBe(false);
  });
});

describe('the console', () => {
  it('carries bytes of the port both ways and follows its window', () => {
    const fd = c.open('/dev/console', O_RDWR) as number;
    c.port.input = 'ls\r';
    c.portMoved();
    expect(c.read(fd)).toBe('ls\n');
    expect(c.port.output).toBe('ls\r\n');
    c.call('ioctl', fd, io.TIOCGWINSZ, c.out);
    expect(c.task.memory.readU32(c.out)).toBe(25 | (80 << 16));
  });

  it('blocks a writer when the port is full and wakes it when there is room', () => {
    const child = c.fork();
    const fd = child.open('/dev/console', O_RDWR) as number;
    expect(child.write(fd, 'x'.repeat(1500))).toBeUndefined();
    expect(c.port.output).toHaveLength(1000);
    c.port.output = '';
    c.portMoved();
    expect(child.later).toBe(1500);
    expect(c.port.output).toHaveLength(500);
  });

  it('is no controlling terminal by being opened, /dev/tty1 is', () => {
    const child = c.fork();
    child.call('setsid');
    child.open('/dev/console', O_RDWR);
    expect(child.open('/dev/tty', O_RDWR)).toBe(-errno.ENXIO);
    child.open('/dev/tty1', O_RDWR);
    expect(child.open('/dev/tty', O_RDWR)).toBeGreaterThan(0);
    child.call('exit_group', 0);
    const next = c.fork();
    next.call('setsid');
    expect(next.call('ioctl', next.open('/dev/console', O_RDWR) as number, io.TIOCSCTTY, 0)).toBe(0);
  });

  it('has brothers on other ports, with a node as long as somebody has them open', () => {
    const { kernel, ports } = c.guest;
    const port = new StringPort();
    ports.set(7, port);
    const file = kernel.ttys.openPort(7, kernel.vfs.newAnonymousPath('tty'));
    expect(kernel.vfs.pathname(file.path)).toBe('/dev/ttyS7');
    const fd = c.open('/dev/ttyS7', O_RDWR) as number;
    c.write(fd, 'hi\n');
    expect(port.output).toBe('hi\r\n');
    c.close(fd);
    kernel.vfs.put(file);
    expect(port.isInputEnded).toBe(true);
    expect(c.open('/dev/ttyS7', O_RDWR)).toBe(-errno.ENOENT);
  });

  it('ends when the outside sends no more', () => {
    const fd = c.open('/dev/console', O_RDWR) as number;
    c.port.input = 'part';
    c.port.isInputEnded = true;
    c.portMoved();
    expect(c.read(fd)).toBe('part');
    expect(c.read(fd)).toBe('');
    expect(c.read(fd)).toBe('');
    const late = c.open('/dev/console', O_RDWR) as number;
    expect(c.poll(late) & POLLIN).toBe(0);
    expect(c.read(late)).toBeUndefined();
  });
});

describe('the devices in /dev', () => {
  it('are there and do what they are for', () => {
    const read = (name: string): unknown => c.read(c.open(`/dev/${name}`, O_RDWR) as number, 4);
    expect(read('null')).toBe('');
    expect(read('zero')).toBe('\0\0\0\0');
    expect(read('urandom')).toBe('\x07\x07\x07\x07');
    expect(c.write(c.open('/dev/full', O_RDWR) as number, 'x')).toBe(-errno.ENOSPC);
    expect(c.write(c.open('/dev/null', O_RDWR) as number, 'x')).toBe(1);
    expect(c.open('/dev/nothing', O_RDWR)).toBe(-errno.ENOENT);
    c.guest.kernel.log.info('hello');
    const kmsg = c.open('/dev/kmsg', O_RDWR) as number;
    expect(c.read(kmsg)).toMatch(/^6,\d+,\d+,-;hello\n$/);
    c.write(kmsg, '<3>from the guest\n');
    expect(c.read(kmsg)).toMatch(/^3,\d+,\d+,-;from the guest\n$/);
  });
});

describe('a terminal that strings drive', () => {
  it('edits the line, shows what is typed, and stops a program', () => {
    const terminal = new TestTerminal();
    expect(terminal.read()).toBeUndefined();
    terminal.type('helo\x7flo\n');
    expect(terminal.program.readLater()).toBe('hello\n');
    terminal.write('hi\n');
    expect(terminal.screen).toBe('helo\b \blo\r\nhi\r\n');
    terminal.change(t => (t.lflag &= ~(abi.ICANON | abi.ECHO)));
    terminal.type('x');
    expect(terminal.read()).toBe('x');
    expect(terminal.screen).toMatch(/hi\r\n$/);
    terminal.resize(10, 40);
    expect(terminal.read()).toBeUndefined();
    terminal.type('\x03');
    expect(terminal.program.task.state).toBe('zombie');
  });
});
