import { describe, expect, it } from 'vitest';
import { toBytes } from '../abi/byte-string.ts';
import { AT_EXECFN, AT_NULL, AT_RANDOM, AT_SECURE, AT_UID } from '../abi/auxv.ts';
import { E2BIG, EACCES, EAGAIN, EFAULT, ELOOP, ENOENT, ENOEXEC, ETXTBSY } from '../abi/errno.ts';
import { SIGHUP, SIGKILL, SIGUSR1, SIG_IGN } from '../abi/signal.ts';
import { Errno } from '../errors.ts';
import { mkdir, writeFile } from '../fs/kernel-files.ts';
import { parseScriptLine } from './binary-format.ts';
import { buildInitialStack } from './initial-stack.ts';
import { spawnTask } from './spawn.ts';
import type { Task } from './task.ts';
import { CONTEXTS, SCRATCH, TestGuest, setHandler } from './testing.ts';

const PROGRAM = '#!native\nconsole.log(1)\n';

function setUp(): TestGuest {
  const guest = new TestGuest();
  guest.trusted.push(PROGRAM);
  const context = guest.kernel.vfs.kernelContext();
  mkdir(context, '/bin', { mode: 0o755 });
  write(guest, '/bin/tool', PROGRAM);
  return guest;
}

function write(guest: TestGuest, name: string, content: string, mode = 0o755): void {
  writeFile(guest.kernel.vfs.kernelContext(), name, toBytes(content), { mode });
}

/** execve with strings laid out in the task's memory. */
function exec(guest: TestGuest, task: Task, path: string, argv: string[], envp: string[] = []) {
  let at = SCRATCH + 0x2000;
  const put = (text: string): number => {
    task.memory.copyOut(at, toBytes(`${text}\0`));
    at += text.length + 1;
    return at - text.length - 1;
  };
  const vector = (base: number, strings: string[]): number => {
    strings.forEach((text, i) => task.memory.writeU64(base + i * 8, put(text)));
    task.memory.writeU64(base + strings.length * 8, 0);
    return base;
  };
  const pathAt = put(path);
  return guest.call(task, 'execve', pathAt, vector(SCRATCH + 0x100, argv), vector(SCRATCH + 0x400, envp));
}

/** Reads the initial stack as a C library does. */
function readStack(task: Task) {
  const { memory } = task;
  let at = task.start?.stackPointer ?? memory.startStack;
  expect(at % 16).toBe(0);
  const next = (): number => {
    at += 8;
    return memory.readU64(at - 8);
  };
  const strings = (): string[] => {
    const found: string[] = [];
    for (let p = next(); p !== 0; p = next()) found.push(memory.readString(p));
    return found;
  };
  const argc = next();
  const argv = strings();
  expect(argv.length).toBe(argc);
  const envp = strings();
  const auxv = new Map<number, number>();
  for (let key = next(); key !== AT_NULL; key = next()) auxv.set(key, next());
  return { argv, envp, auxv };
}

describe('execve', () => {
  it('starts a trusted program with arguments, environment and auxiliary vector', () => {
    const guest = setUp();
    const task = guest.fork(guest.init);
    expect(exec(guest, task, '/bin/tool', ['tool', 'a b', ''], ['X=1', 'Y='])).toBeUndefined();
    expect(task.state).toBe('starting');
    expect(task.comm).toBe('tool');
    const { argv, envp, auxv } = readStack(task);
    expect(argv).toEqual(['tool', 'a b', '']);
    expect(envp).toEqual(['X=1', 'Y=']);
    expect(task.memory.readString(auxv.get(AT_EXECFN)!)).toBe('/bin/tool');
    expect(task.memory.copyIn(auxv.get(AT_RANDOM)!, 16)).toEqual(new Uint8Array(16).fill(7));
    expect(auxv.get(AT_SECURE)).toBe(0);
    expect(auxv.get(AT_UID)).toBe(0);
  });

  it('runs the interpreter of a script, with its argument and the name of the script', () => {
    const guest = setUp();
    write(guest, '/bin/script', '#! /bin/tool  -x  y \nrest\n');
    const task = guest.fork(guest.init);
    exec(guest, task, '/bin/script', ['zero', 'one']);
    expect(readStack(task).argv).toEqual(['/bin/tool', '-x  y', '/bin/script', 'one']);
    expect(task.comm).toBe('script');
    expect(guest.kernel.vfs.pathname(task.exePath!)).toBe('/bin/tool');
  });

  it('runs scripts of scripts, but not without end', () => {
    const guest = setUp();
    write(guest, '/bin/one', '#!/bin/tool\n');
    write(guest, '/bin/two', '#!/bin/one x\n');
    write(guest, '/bin/loop', '#!/bin/loop\n');
    const task = guest.fork(guest.init);
    expect(exec(guest, task, '/bin/loop', ['l'])).toBe(-ELOOP);
    exec(guest, task, '/bin/two', ['t']);
    expect(readStack(task).argv).toEqual(['/bin/tool', '/bin/one', 'x', '/bin/two']);
  });

  it('fails as Linux does, and the caller lives on', () => {
    const guest = setUp();
    const task = guest.fork(guest.init);
    const { mm } = task;
    write(guest, '/bin/text', 'echo hello\n');
    write(guest, '/bin/plain', PROGRAM, 0o644);
    write(guest, '/bin/lost', '#!/bin/nothing\n');
    write(guest, '/bin/empty', '');
    write(guest, '/bin/forged', `${PROGRAM} `);
    expect(exec(guest, task, '/bin/none', ['x'])).toBe(-ENOENT);
    expect(exec(guest, task, '', ['x'])).toBe(-ENOENT);
    expect(exec(guest, task, '/bin', ['x'])).toBe(-EACCES);
    expect(exec(guest, task, '/bin/plain', ['x'])).toBe(-EACCES);
    expect(exec(guest, task, '/bin/text', ['x'])).toBe(-ENOEXEC);
    expect(exec(guest, task, '/bin/empty', ['x'])).toBe(-ENOEXEC);
    expect(exec(guest, task, '/bin/forged', ['x'])).toBe(-ENOEXEC);
    expect(exec(guest, task, '/bin/lost', ['x'])).toBe(-ENOENT);
    expect(guest.call(task, 'execve', 8, 0, 0)).toBe(-EFAULT);
    task.memory.copyOut(SCRATCH, toBytes('/bin/tool\0'));
    expect(guest.call(task, 'execve', SCRATCH, 8, 0)).toBe(-EFAULT);
    expect(task.mm).toBe(mm);
    expect(task.state).toBe('running');
  });

  it('refuses arguments that are too long', () => {
    const guest = setUp();
    const task = guest.fork(guest.init);
    const { memory } = task;
    memory.mmap({ at: 0x100000, length: 1 << 20, prot: 3, flags: 0x32 });
    memory.copyOut(0x100000, new Uint8Array(131072).fill(0x61));
    memory.writeU64(SCRATCH, 0x100000);
    memory.writeU64(SCRATCH + 8, 0);
    memory.copyOut(SCRATCH + 16, toBytes('/bin/tool\0'));
    expect(guest.call(task, 'execve', SCRATCH + 16, SCRATCH, 0)).toBe(-E2BIG);
    memory.writeU8(0x100000 + 131071, 0);
    for (let i = 0; i < 60; i++) memory.writeU64(SCRATCH + 32 + i * 8, 0x100000);
    memory.writeU64(SCRATCH + 32 + 480, 0);
    expect(guest.call(task, 'execve', SCRATCH + 16, SCRATCH + 32, 0)).toBe(-E2BIG);
    expect(guest.call(task, 'execve', SCRATCH + 16, SCRATCH, 0)).toBeUndefined();
  });

  it('is ETXTBSY for a file that is open for writing, and writing one that runs is too', () => {
    const guest = setUp();
    const context = guest.kernel.vfs.kernelContext();
    const task = guest.fork(guest.init);
    const file = guest.kernel.vfs.open(context, -100, '/bin/tool', 1);
    expect(exec(guest, task, '/bin/tool', ['x'])).toBe(-ETXTBSY);
    guest.kernel.vfs.put(file);
    exec(guest, task, '/bin/tool', ['x']);
    const open = (): number => {
      try {
        guest.kernel.vfs.open(context, -100, '/bin/tool', 1);
      } catch (error) {
        if (error instanceof Errno) return error.errno;
      }
      return 0;
    };
    expect(open()).toBe(ETXTBSY);
    guest.call(guest.init, 'kill', task.tid, SIGKILL);
    expect(task.isDead).toBe(true);
    expect(open()).toBe(0);
  });

  it('resets handlers, keeps ignored signals, closes what is close-on-exec', () => {
    const guest = setUp();
    const task = guest.fork(guest.init);
    setHandler(guest, task, SIGUSR1, 0x1000);
    setHandler(guest, task, SIGHUP, SIG_IGN);
    const fd = guest.call(task, 'pidfd_open', task.tid, 0) as number;
    exec(guest, task, '/bin/tool', ['x']);
    expect(task.handlers.get(SIGUSR1).handler).toBe(0);
    expect(task.handlers.get(SIGHUP).handler).toBe(SIG_IGN);
    expect(task.files.get(fd)).toBeUndefined();
  });

  it('is EAGAIN when there is no context for a native program; half of them are for root', () => {
    const guest = setUp();
    const start = (count: number, uid: number): unknown[] =>
      Array.from({ length: count }, () => {
        const task = guest.fork(guest.init);
        if (uid > 0) guest.call(task, 'setuid', uid);
        exec(guest, task, '/bin/tool', ['x']);
        return task.state === 'starting' ? 'starts' : guest.results.get(task);
      });
    const ofUser = start(CONTEXTS / 2 + 1, 99);
    expect(ofUser.indexOf(-EAGAIN)).toBe(CONTEXTS / 2);
    const ofRoot = start(CONTEXTS / 2 + 1, 0);
    expect(ofRoot.indexOf(-EAGAIN)).toBe(CONTEXTS / 2);
  });

  it('ends the other threads, and a thread becomes the leader', () => {
    const guest = setUp();
    const leader = guest.fork(guest.init);
    const thread = guest.thread(leader);
    const pid = leader.tid;
    guest.call(leader, 'pause');
    exec(guest, thread, '/bin/tool', ['x']);
    expect(leader.state).toBe('dead');
    expect(thread.state).toBe('starting');
    expect(thread.tid).toBe(pid);
    expect(guest.kernel.tasks.task(pid)).toBe(thread);
    expect([...thread.group.threads]).toEqual([thread]);
    expect(guest.call(guest.init, 'wait4', -1, 0, 1, 0)).toBe(0);
  });

  it('honours set-user-ID bits, and gives all memory back at the end', () => {
    const guest = setUp();
    const free = guest.kernel.memory.freePages;
    guest.kernel.vfs.walk(guest.kernel.vfs.kernelContext(), -100, '/bin/tool').dentry.inode!.mode |= 0o4000;
    const task = guest.fork(guest.init);
    guest.call(task, 'setuid', 99);
    exec(guest, task, '/bin/tool', ['x']);
    expect(task.credentials).toMatchObject({ uid: 99, euid: 0, suid: 0 });
    expect(readStack(task).auxv.get(AT_SECURE)).toBe(1);
    expect(task.group.dumpable).toBe(0);
    guest.call(guest.init, 'kill', task.tid, SIGKILL);
    expect(guest.call(guest.init, 'wait4', -1, 0, 0, 0)).toBe(task.tid);
    expect(guest.kernel.memory.freePages).toBe(free);
    expect(guest.kernel.tasks.userTasks.get(99)).toBeUndefined();
  });
});

describe('spawnTask', () => {
  it('makes a session leader without parent, whose end is told to the embedder', () => {
    const guest = setUp();
    const ended: number[][] = [];
    guest.kernel.onExit = (pid, status) => ended.push([pid, status]);
    const task = spawnTask(guest.kernel, { path: '/bin/tool', argv: ['tool'], env: [], files: [] });
    expect(task.group.isSessionLeader).toBe(true);
    expect(task.group.parent).toBeUndefined();
    guest.call(guest.init, 'kill', task.tid, SIGKILL);
    expect(ended).toEqual([[task.tid, SIGKILL]]);
    expect(guest.kernel.tasks.task(task.tid)).toBeUndefined();
  });

  it('leaves nothing behind when the program cannot be executed', () => {
    const guest = setUp();
    const before = guest.kernel.tasks.tasks.size;
    const spawn = () => spawnTask(guest.kernel, { path: '/none', argv: ['x'], env: [], files: [] });
    expect(spawn).toThrow();
    expect(guest.kernel.tasks.tasks.size).toBe(before);
    expect(guest.kernel.tasks.sessions.size).toBe(1);
  });
});

describe('the first line of a script', () => {
  it('names interpreter and one argument', () => {
    expect(parseScriptLine('#!/bin/sh\n')).toEqual({ interpreter: '/bin/sh', argument: undefined });
    expect(parseScriptLine('#! \t/bin/env  -S a b \t\nx')).toEqual({
      interpreter: '/bin/env',
      argument: '-S a b',
    });
    expect(parseScriptLine('#!/bin/sh')).toEqual({ interpreter: '/bin/sh', argument: undefined });
    expect(parseScriptLine('hello')).toBeUndefined();
    expect(() => parseScriptLine('#!\n/bin/sh')).toThrow();
    expect(() => parseScriptLine('#!   \n')).toThrow();
    expect(parseScriptLine('#!')).toEqual({ interpreter: '', argument: undefined });
    expect(parseScriptLine('#! /bin/sh\0 -x\n')).toEqual({ interpreter: '/bin/sh', argument: undefined });
    expect(parseScriptLine('#! /bin/sh -x\0y\n')).toEqual({ interpreter: '/bin/sh', argument: '-x' });
  });

  it('must hold the whole name in its first 256 bytes', () => {
    expect(() => parseScriptLine(`#!/${'x'.repeat(253)}`)).toThrow();
    const cut = parseScriptLine(`#!/bin/sh ${'y'.repeat(246)}`);
    expect(cut).toEqual({ interpreter: '/bin/sh', argument: 'y'.repeat(245) });
  });
});

it('the initial stack is aligned for any number of strings', () => {
  for (let n = 0; n < 9; n++) {
    const { stackPointer, bytes } = buildInitialStack(0x10000, {
      argv: Array.from({ length: n }, (_, i) => 'x'.repeat(i)),
      envp: ['A=1'],
      fileName: '/x',
      random: new Uint8Array(16),
      gap: n * 7,
      auxv: [],
    });
    expect(stackPointer % 16).toBe(0);
    expect(stackPointer + bytes.length).toBe(0x10000);
  }
});

it('a task that asked to be traced stops between exec and the first instruction', () => {
  const guest = setUp();
  const tracer = guest.fork(guest.init);
  const task = guest.fork(tracer);
  guest.call(task, 'ptrace', 0, 0, 0, 0);
  exec(guest, task, '/bin/tool', ['x']);
  expect(task.state).toBe('traced');
  expect(guest.call(tracer, 'wait4', -1, SCRATCH, 0, 0)).toBe(task.tid);
  expect(tracer.memory.readI32(SCRATCH)).toBe((5 << 8) | 0x7f);
  guest.call(tracer, 'ptrace', 7, task.tid, 0, 0);
  expect(task.state).toBe('starting');
});
