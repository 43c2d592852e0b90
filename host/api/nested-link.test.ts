/** The link to an inner guest, against a peer that speaks the control protocol and an outer guest that only has streams. */
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { Halt, LogLine } from '../machine.ts';
import { GuestError, KernelPanic, OptionError } from './errors.ts';
import { Lifeline } from './lifeline.ts';
import type { Command, GuestLink, Started } from './link.ts';
import { NestedLink } from './nested-link.ts';
import type { ExitStatus } from './process.ts';

type Request = { id: number; method: string; args: unknown[] };

/** A process of the outer guest, from its own side. */
class Peer {
  readonly command: Command;
  readonly stdin = new PassThrough();
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exited: Promise<ExitStatus>;
  readonly requests: Request[] = [];
  exit!: (status: ExitStatus) => void;
  #answers: Record<string, (...args: never[]) => unknown> = {};

  constructor(command: Command) {
    this.command = command;
    this.exited = new Promise(resolve => {
      this.exit = status => {
        this.stdout.end();
        this.stderr.end();
        resolve(status);
      };
    });
    let text = '';
    this.stdin.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const request = JSON.parse(text.slice(0, end)) as Request;
        text = text.slice(end + 1);
        this.requests.push(request);
        const answer = this.#answers[request.method];
        if (answer) this.send({ id: request.id, ...(answer(...(request.args as never[])) as object) });
      }
    });
    this.stdin.on('end', () => this.onEnd());
  }
  onEnd = (): void => this.exit({ code: 0, signal: null });
  answer(answers: Record<string, (...args: never[]) => unknown>): void {
    this.#answers = answers;
  }
  send(message: unknown): void {
    this.stdout.write(`${JSON.stringify(message)}\n`);
  }
}

/** An outer guest whose processes are peers. */
class Outer {
  readonly life = new Lifeline();
  readonly peers: Peer[] = [];
  readonly killed: number[] = [];
  readonly trusted: Uint8Array[] = [];
  onSpawn: (peer: Peer) => void = () => {};
  readonly control = {
    kill: (pid: number, signo: number): Promise<object> => {
      this.killed.push(pid);
      this.peers[pid - 1]!.exit({ code: null, signal: signo === 9 ? 'SIGKILL' : 'SIGTERM' });
      return Promise.resolve({});
    },
  };
  trust(content: Uint8Array): void {
    this.trusted.push(content);
  }
  spawn(command: Command): Promise<Started> {
    const peer = new Peer(command);
    this.peers.push(peer);
    this.onSpawn(peer);
    const { stdin, stdout, stderr } = peer;
    const exited = this.life.alive(peer.exited);
    exited.catch(() => {
      stdout.end();
      stderr.end();
    });
    return Promise.resolve({
      pid: this.peers.length,
      streams: { stdin, stdout, stderr: command.terminal ? null : stderr },
      exited,
      resize: undefined,
    });
  }
  get link(): GuestLink {
    return this as unknown as GuestLink;
  }
}

const READY = { ready: () => ({}) };

async function booted(answers: Record<string, (...args: never[]) => unknown> = {}) {
  const outer = new Outer();
  outer.onSpawn = peer => peer.answer({ ...READY, ...answers });
  const link = await NestedLink.boot(outer.link, ['--memory', '64M']);
  await link.control.ready();
  return { outer, link, kernel: outer.peers[0]! };
}

it('starts a kernel with its options and asks it', async () => {
  const { link, kernel, outer } = await booted({
    memory: () => ({ value: { totalBytes: 5, freeBytes: 3 } }),
    fs: ({ path }: { path: string }) =>
      path === '/a'
        ? { value: { $base64: Buffer.from([0, 255, 10]).toString('base64') } }
        : { failure: { code: 'ENOENT', errno: 2, text: 'no', syscall: 'readFile', path } },
  });
  expect(kernel.command).toMatchObject({
    file: '/sbin/lodger',
    args: ['lodger', '--control', '--memory', '64M'],
  });
  expect(await link.control.memory()).toEqual({ totalBytes: 5, freeBytes: 3 });
  expect(await link.control.fs({ op: 'readFile', path: '/a' })).toEqual({
    value: new Uint8Array([0, 255, 10]),
  });
  expect(await link.control.fs({ op: 'readFile', path: '/b' })).toMatchObject({
    failure: { code: 'ENOENT' },
  });
  link.trust(new Uint8Array([1]));
  expect(outer.trusted).toHaveLength(1);
});

it('writes a long file in pieces, as bytes', async () => {
  const { link, kernel } = await booted({ fs: () => ({}) });
  const data = Buffer.alloc(20 * 2 ** 20, 'x');
  await link.control.fs({ op: 'writeFile', path: '/f', data, mode: 0o600, isAppending: false });
  const pieces = kernel.requests
    .filter(({ method }) => method === 'fs')
    .map(({ args }) => args[0] as { data: { $base64: string }; isAppending: boolean });
  expect(pieces.map(({ isAppending }) => isAppending)).toEqual([false, true, true]);
  const whole = Buffer.concat(pieces.map(piece => Buffer.from(piece.data.$base64, 'base64')));
  expect(whole.equals(data)).toBe(true);
});

it('runs a command by a process of the outer guest, which says first what the pid inside is', async () => {
  const { outer, link } = await booted();
  outer.onSpawn = peer => {
    peer.stdout.write('{"id":null,"value":');
    setImmediate(() => peer.stdout.write('42}\nfirst\nsecond'));
  };
  const spec = {
    file: 'cat',
    args: ['cat', 'ü'],
    env: ['A=b'],
    cwd: undefined,
    uid: 1,
    gid: 2,
    terminal: undefined,
  };
  const started = await link.spawn(spec);
  expect(started.pid).toBe(42);
  const exec = outer.peers[1]!;
  expect(exec.command.args.slice(0, 3)).toEqual(['lodger', 'exec', '--json']);
  expect(JSON.parse(exec.command.args[3] as string)).toEqual({
    file: 'cat',
    args: ['cat', 'ü'],
    env: ['A=b'],
    uid: 1,
    gid: 2,
  });
  expect(exec.command.args[4]).toBe('1');
  let text = '';
  started.streams.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
  exec.exit({ code: null, signal: 'SIGTERM' });
  expect(await started.exited).toEqual({ code: null, signal: 'SIGTERM' });
  await new Promise(resolve => setImmediate(resolve));
  expect(text).toBe('first\nsecond');
});

it('gives the failure of a command that cannot be started', async () => {
  const { outer, link } = await booted();
  const failure = { code: 'ENOENT', errno: 2, text: 'no such file', syscall: 'spawn', path: 'nothing' };
  outer.onSpawn = peer => {
    peer.send({ failure });
    peer.exit({ code: 127, signal: null });
  };
  const spec = { file: 'nothing', args: [], env: [], cwd: '/', uid: 0, gid: 0, terminal: undefined };
  await expect(link.spawn(spec)).rejects.toThrow(new GuestError(failure));
});

it('passes the log on, also what came before anybody listened, and the halt', async () => {
  const { link, kernel } = await booted();
  const line: LogLine = { timeNs: 5, level: 6, text: 'early' };
  kernel.send({ event: 'log', line });
  await new Promise(resolve => setImmediate(resolve));
  const lines: LogLine[] = [];
  link.onLog = each => lines.push(each);
  kernel.send({ event: 'log', line: { ...line, text: 'late' } });
  const how: Halt = { kind: 'panic', message: 'oh', stack: 'at x' };
  const pending = link.control.memory();
  const waiting = link.life.alive(pending);
  kernel.send({ event: 'halt', how });
  await expect(waiting).rejects.toThrow(KernelPanic);
  expect(await link.life.halted).toEqual(how);
  expect(lines.map(({ text }) => text)).toEqual(['early', 'late']);
});

it('is told to power off by the end of its input, and is gone after close', async () => {
  const { link, kernel, outer } = await booted();
  link.powerOff();
  expect(await link.life.halted).toEqual({ kind: 'halt' });
  await link.close();
  expect(outer.killed).toEqual([]);
  expect(kernel.stdin.destroyed && kernel.stdout.destroyed).toBe(true);
});

it('kills a kernel that does not leave', async () => {
  const { link, kernel, outer } = await booted();
  kernel.onEnd = () => {};
  link.powerOff();
  link.life.end({ kind: 'halt' });
  await link.close();
  expect(outer.killed).toEqual([1]);
});

it.each([
  ['lodger: not enough memory\n', { code: 125, signal: null }, OptionError, /^boot: not enough memory$/],
  ['', { code: null, signal: 'SIGKILL' }, KernelPanic, /ended by SIGKILL/],
])('says why a kernel did not come up: %j', async (complaint, status, type, message) => {
  const outer = new Outer();
  outer.onSpawn = peer => {
    peer.stderr.write(complaint);
    peer.exit(status);
  };
  const link = await NestedLink.boot(outer.link, []);
  const error = await link.life.alive(link.control.ready()).catch((e: unknown) => e);
  await link.close();
  const explained = link.explain(error);
  expect(explained).toBeInstanceOf(type);
  expect((explained as Error).message).toMatch(message);
});

it.each(['no json\n', '[1,2\n', '"text"\n', 'null\n'])('ends with a peer that sends %j', async garbage => {
  const { link, kernel } = await booted();
  kernel.stdout.write(garbage);
  expect(await link.life.halted).toMatchObject({
    kind: 'panic',
    message: expect.stringMatching(/what is no message/) as string,
  });
});

it('takes replies that nobody waits for, and events that it does not know', async () => {
  const { link, kernel } = await booted({ processes: () => ({ value: [] }) });
  kernel.send({ id: 999, value: 1 });
  kernel.send({ id: null, failure: {} });
  kernel.send({ event: 'weather' });
  expect(await link.control.processes()).toEqual([]);
});

it('is gone with the outer guest', async () => {
  const { link, outer } = await booted();
  const pending = link.life.alive(link.control.memory());
  outer.life.end({ kind: 'panic', message: 'outer', stack: '' });
  await expect(pending).rejects.toThrow(/the outer guest is gone/);
});
