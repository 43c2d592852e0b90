import { describe, expect, it } from 'vitest';
import { EAGAIN, EBADF, EBUSY, EFAULT, EINVAL, ENOMEM, ENXIO, EPERM, EPIPE, ESPIPE } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGPIPE, SIGUSR1 } from '../abi/signal.ts';
import { BufferBudget } from '../mm/buffer-budget.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { sendSignal } from '../task/signals.ts';
import { setHandler } from '../task/testing.ts';
import { Caller } from '../syscall/testing.ts';
import { Pipe } from './pipe.ts';

const IN = POLLIN | POLLRDNORM;
const OUT = POLLOUT | POLLWRNORM;

describe('a pipe', () => {
  it('gives what was written, then sleeps, then the end when the last writer is gone', () => {
    const c = new Caller();
    const [r, w] = c.pipe();
    expect(c.write(w, 'hello')).toBe(5);
    expect(c.ioctlInt(r, FIONREAD)).toBe(5);
    expect(c.read(r, 2)).toBe('he');
    expect(c.read(r)).toBe('llo');
    const child = c.fork();
    expect(child.close(w)).toBe(0);
    expect(child.read(r)).toBeUndefined();
    c.write(w, 'more');
    expect(child.readLater()).toBe('more');
    expect(child.read(r)).toBeUndefined();
    c.close(w);
    expect(child.readLater()).toBe('');
  });

  it('is EPIPE with SIGPIPE for a writer without readers', () => {
    const c = new Caller();
    const [r, w] = c.pipe();
    c.close(r);
    setHandler(c.guest, c.task, SIGPIPE, 1);
    expect(c.write(w, 'x')).toBe(-EPIPE);
    const child = c.fork();
    setHandler(c.guest, child.task, SIGPIPE, 0);
    expect(child.write(w, 'x')).toBeUndefined();
    expect(child.task.state).toBe('zombie');
  });

  it('takes a write of PIPE_BUF bytes whole or not at all', () => {
    const c = new Caller();
    const [r, w] = c.pipe(fcntl.O_NONBLOCK);
    expect(c.write(w, 'a'.repeat(40000))).toBe(40000);
    expect(c.write(w, 'b'.repeat(23000))).toBe(23000);
    expect(c.poll(w)).toBe(0);
    expect(c.write(w, 'c'.repeat(4000))).toBe(-EAGAIN);
    expect(c.write(w, 'd'.repeat(5000))).toBe(2536);
    expect(c.read(r, 4095)).toHaveLength(4095);
    expect(c.poll(w)).toBe(0);
    c.read(r, 1);
    expect(c.poll(w)).toBe(OUT);
    expect(c.write(w, 'c'.repeat(4000))).toBe(4000);
  });

  it('keeps a blocked writer until all is written, over any number of sleeps', () => {
    const c = new Caller();
    const [r, w] = c.pipe();
    expect(c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 4096)).toBe(4096);
    const child = c.fork();
    const text = Array.from({ length: 20000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join('');
    expect(child.write(w, text)).toBeUndefined();
    let got = '';
    while (got.length < text.length) got += String(c.read(r, 3000));
    expect(got).toBe(text);
    expect(child.later).toBe(20000);
  });

  it('gives a writer that a signal interrupts the count of what went out', () => {
    const c = new Caller();
    const [, w] = c.pipe();
    c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 4096);
    const child = c.fork();
    setHandler(c.guest, child.task, SIGUSR1, 7);
    expect(child.write(w, 'x'.repeat(10000))).toBeUndefined();
    sendSignal(child.task, SIGUSR1);
    c.guest.pump();
    expect(child.task.signalFrames[0]!.result).toBe(4096);
  });

  it('shows its state to poll as Linux does', () => {
    const c = new Caller();
    const [r, w] = c.pipe();
    expect([c.poll(r), c.poll(w)]).toEqual([0, OUT]);
    c.write(w, 'x');
    expect(c.poll(r)).toBe(IN);
    c.close(w);
    expect(c.poll(r)).toBe(IN | POLLHUP);
    const [r2, w2] = c.pipe();
    c.close(r2);
    expect(c.poll(w2)).toBe(OUT | POLLERR);
  });

  it('keeps packets apart with O_DIRECT, and cuts off what a reader does not take', () => {
    const c = new Caller();
    const [r, w] = c.pipe(fcntl.O_DIRECT | fcntl.O_NONBLOCK);
    c.write(w, 'abc');
    c.write(w, 'defgh');
    expect(c.read(r)).toBe('abc');
    expect(c.read(r, 2)).toBe('de');
    expect(c.read(r)).toBe(-EAGAIN);
    expect(c.write(w, 'x'.repeat(5000))).toBe(5000);
    expect(c.read(r)).toHaveLength(4096);
    expect(c.read(r)).toHaveLength(904);
  });

  it('changes its size, but not below what it holds nor beyond the limit for users', () => {
    const c = new Caller();
    const [, w] = c.pipe();
    expect(c.call('fcntl', w, fcntl.F_GETPIPE_SZ)).toBe(65536);
    expect(c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 5000)).toBe(8192);
    c.write(w, 'x'.repeat(5000));
    expect(c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 4096)).toBe(-EBUSY);
    expect(c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 2 ** 31 + 1)).toBe(-EINVAL);
    expect(c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 2 << 20)).toBe(2 << 20);
    c.call('setuid', 1000);
    expect(c.call('fcntl', w, fcntl.F_SETPIPE_SZ, 4 << 20)).toBe(-EPERM);
  });

  it('is ENOMEM when the buffers of all pipes have used up what the host gives', () => {
    const c = new Caller();
    const { buffers } = c.guest.kernel;
    const [r, w] = c.pipe();
    buffers.used = buffers.limit - 8192;
    expect(c.write(w, 'x'.repeat(4096))).toBe(4096);
    expect(c.write(w, 'x')).toBe(-ENOMEM);
    c.close(r);
    c.close(w);
    expect(buffers.used).toBe(buffers.limit - 8192);
  });

  it('refuses unknown flags, gives back both descriptors on EFAULT, and does not seek', () => {
    const c = new Caller();
    expect(c.call('pipe2', c.out, 1)).toBe(-EINVAL);
    expect(c.call('pipe2', 8, 0)).toBe(-EFAULT);
    const [r, w] = c.pipe();
    expect([r, w]).toEqual([0, 1]);
    expect(c.call('lseek', r, 0, 0)).toBe(-ESPIPE);
    expect(c.read(w)).toBe(-EBADF);
  });
});

describe('the ring of a pipe', () => {
  it('gives every byte in order whatever the sizes and alignments are', () => {
    const budget = new BufferBudget(1 << 20);
    const pipe = new Pipe(budget);
    pipe.readers = pipe.writers = 1;
    const source = new Uint8Array(1 << 18).map((_, i) => (i * 31) >> 3);
    const sink = new Uint8Array(source.length);
    let written = 0;
    let read = 0;
    for (let step = 1; read < source.length; step++) {
      const size = (step * 7919) % 70000;
      const count = pipe.write(
        IoBuffer.of(source.subarray(written, Math.min(source.length, written + size))),
      );
      if (count > 0) written += count;
      const got = pipe.read(IoBuffer.of(sink.subarray(read, read + ((step * 104729) % 50000))));
      if (got > 0) read += got;
    }
    expect(Buffer.compare(sink, source)).toBe(0);
    expect(budget.used).toBe(65536);
    pipe.destroy();
    expect(budget.used).toBe(0);
  });
});

describe('a FIFO', () => {
  const make = (): Caller => {
    const c = new Caller();
    expect(c.call('mknod', c.text('/fifo'), 0o010644, 0)).toBe(0);
    return c;
  };

  it('keeps an opener until the other side comes', () => {
    const c = make();
    const child = c.fork();
    expect(child.open('/fifo', fcntl.O_RDONLY)).toBeUndefined();
    const w = c.open('/fifo', fcntl.O_WRONLY) as number;
    expect(child.later).toBe(0);
    c.write(w, 'x');
    expect(child.read(0)).toBe('x');
  });

  it('lets a reader in whose writer has gone again meanwhile', () => {
    const c = make();
    const child = c.fork();
    expect(child.open('/fifo', fcntl.O_RDONLY)).toBeUndefined();
    c.guest.begin(c.task, 'open', c.text('/fifo'), fcntl.O_WRONLY, 0);
    c.guest.pump();
    c.close(c.later as number);
    expect(child.later).toBe(0);
    expect(child.read(0)).toBe('');
  });

  it('is ENXIO for a writer with O_NONBLOCK and no reader, and opens at once for reading or both', () => {
    const c = make();
    expect(c.open('/fifo', fcntl.O_WRONLY | fcntl.O_NONBLOCK)).toBe(-ENXIO);
    const r = c.open('/fifo', fcntl.O_RDONLY | fcntl.O_NONBLOCK) as number;
    expect(c.read(r)).toBe('');
    expect(c.poll(r)).toBe(0);
    const both = c.open('/fifo', fcntl.O_RDWR) as number;
    c.write(both, 'y');
    expect(c.read(r)).toBe('y');
    expect(c.read(r)).toBe(-EAGAIN);
    c.close(both);
    expect(c.poll(r)).toBe(POLLHUP);
  });

  it('gives its place back when the open is interrupted', () => {
    const c = make();
    const child = c.fork();
    setHandler(c.guest, child.task, SIGUSR1, 7);
    expect(child.open('/fifo', fcntl.O_RDONLY)).toBeUndefined();
    sendSignal(child.task, SIGUSR1);
    c.guest.pump();
    expect(child.later).toBe('handler');
    expect(c.open('/fifo', fcntl.O_WRONLY | fcntl.O_NONBLOCK)).toBe(-ENXIO);
  });
});

describe('splice and tee', () => {
  it('move and copy bytes between a file and pipes', () => {
    const c = new Caller();
    const file = c.open('/file', fcntl.O_RDWR | fcntl.O_CREAT, 0o600) as number;
    c.write(file, 'hello world');
    const [r, w] = c.pipe();
    const [r2, w2] = c.pipe();
    c.task.memory.writeU64(c.out, 6);
    expect(c.call('splice', file, c.out, w, 0, 100, 0)).toBe(5);
    expect(c.task.memory.readU64(c.out)).toBe(11);
    expect(c.call('tee', r, w2, 3, 0)).toBe(3);
    expect(c.read(r2)).toBe('wor');
    c.call('lseek', file, 0, 0);
    expect(c.call('splice', r, 0, file, 0, 100, 0)).toBe(5);
    c.call('lseek', file, 0, 0);
    expect(c.read(file)).toBe('world world');
    expect(c.call('splice', r, 0, w, 0, 1, 0)).toBe(-EINVAL);
    expect(c.call('splice', r, c.out, file, 0, 1, 0)).toBe(-ESPIPE);
    expect(c.call('splice', r, 0, file, 0, 1, 2)).toBe(-EAGAIN);
  });
});
