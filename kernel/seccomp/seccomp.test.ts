import { expect, test } from 'vitest';
import { EACCES, EINVAL, ENOSYS, EPERM } from '../abi/errno.ts';
import * as bpf from '../abi/filter.ts';
import * as abi from '../abi/seccomp.ts';
import { SYS_getgid, SYS_getpid, SYS_getuid } from '../abi/syscall-numbers.ts';
import { SIGKILL, SIGSYS } from '../abi/signal.ts';
import { Caller, type Result } from '../syscall/testing.ts';
import { readProgram, runProgram } from './classic-bpf.ts';

type Code = [code: number, k: number, jt?: number, jf?: number];
const LOAD_NR: Code = [bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS, 0];
const ret = (value: number): Code => [bpf.BPF_RET | bpf.BPF_K, value];
const ifNr = (nr: number, value: number): Code[] => [
  [bpf.BPF_JMP | bpf.BPF_JEQ | bpf.BPF_K, nr, 0, 1],
  ret(value),
];

function assemble(codes: readonly Code[]): Uint8Array {
  const bytes = new Uint8Array(codes.length * bpf.SockFilter.size);
  codes.forEach(([code, k, jt = 0, jf = 0], i) =>
    bpf.SockFilter.encodeInto(bytes, i * bpf.SockFilter.size, { code, jt, jf, k }),
  );
  return bytes;
}

function install(caller: Caller, codes: readonly Code[], flags = 0): Result {
  const filter = caller.bytes(assemble(codes), caller.buffer);
  caller.bytes(bpf.SockFprog.encode({ len: codes.length, filter }), caller.out);
  return caller.call('seccomp', abi.SECCOMP_SET_MODE_FILTER, flags, caller.out);
}
const ERRNO = abi.SECCOMP_RET_ERRNO;
const ALLOW = ret(abi.SECCOMP_RET_ALLOW);

test('the strictest of all filters holds, and a child has its parent’s', () => {
  const caller = new Caller();
  expect(
    install(caller, [LOAD_NR, ...ifNr(SYS_getuid, ERRNO | EPERM), ...ifNr(SYS_getgid, ERRNO | 7), ALLOW]),
  ).toBe(0);
  expect(install(caller, [LOAD_NR, ...ifNr(SYS_getgid, abi.SECCOMP_RET_LOG), ALLOW])).toBe(0);
  expect(caller.call('getuid')).toBe(-EPERM);
  const child = caller.fork();
  expect([child.call('getuid'), child.call('getgid'), child.call('getpid')]).toEqual([-EPERM, -7, 2]);
  expect(child.call('prctl', 21, 0, 0, 0, 0)).toBe(abi.SECCOMP_MODE_FILTER);
});

test('filters look at arguments', () => {
  const caller = new Caller();
  const argument: Code = [bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS, 16];
  install(caller, [argument, [bpf.BPF_JMP | bpf.BPF_JEQ | bpf.BPF_K, 42, 0, 1], ret(ERRNO | 99), ALLOW]);
  expect([caller.call('umask', 42), caller.call('umask', 0o22)]).toEqual([-99, 0o22]);
});

test('killing, trapping, and a tracer that is not there', () => {
  const parent = new Caller();
  const [killed, trapped, traced, strict] = [parent.fork(), parent.fork(), parent.fork(), parent.fork()];
  install(killed, [LOAD_NR, ...ifNr(SYS_getpid, abi.SECCOMP_RET_KILL_PROCESS), ALLOW]);
  killed.call('getpid');
  expect(killed.task.exitStatus & 0x7f).toBe(SIGSYS);
  install(trapped, [LOAD_NR, ...ifNr(SYS_getpid, abi.SECCOMP_RET_TRAP), ALLOW]);
  trapped.call('getpid');
  expect(trapped.task.exitStatus & 0x7f).toBe(SIGSYS);
  install(traced, [LOAD_NR, ...ifNr(SYS_getpid, abi.SECCOMP_RET_TRACE), ALLOW]);
  expect(traced.call('getpid')).toBe(-ENOSYS);
  expect(strict.call('prctl', 22, 1, 0, 0, 0)).toBe(0);
  strict.call('getpid');
  expect(strict.task.exitStatus).toBe(SIGKILL);
});

test('without privileges no_new_privs comes first', () => {
  const caller = new Caller().fork();
  caller.call('setuid', 1000);
  expect(install(caller, [ALLOW])).toBe(-EACCES);
  caller.call('prctl', 38, 1, 0, 0, 0);
  expect(install(caller, [ALLOW])).toBe(0);
});

test('unsound programs are refused', () => {
  const refused = (...codes: Code[]): void => expect(() => readProgram(assemble(codes))).toThrow();
  refused(LOAD_NR);
  refused([bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS, 64], ALLOW);
  refused([bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS, 2], ALLOW);
  refused([bpf.BPF_JMP | bpf.BPF_JEQ | bpf.BPF_K, 0, 1, 0], ALLOW);
  refused([bpf.BPF_JMP | bpf.BPF_JA, 0xffffffff], ALLOW);
  refused([bpf.BPF_LD | bpf.BPF_MEM, 0], ALLOW);
  refused([bpf.BPF_ALU | bpf.BPF_DIV | bpf.BPF_K, 0], ALLOW);
  expect(install(new Caller(), [LOAD_NR])).toBe(-EINVAL);
});

test('arithmetic is that of unsigned 32-bit words', () => {
  const run = (...codes: Code[]): number =>
    runProgram(readProgram(assemble([...codes, [bpf.BPF_RET | bpf.BPF_A, 0]])), new Uint8Array(64));
  const imm = (k: number): Code => [bpf.BPF_LD | bpf.BPF_IMM, k];
  const alu = (op: number, k: number): Code => [bpf.BPF_ALU | op | bpf.BPF_K, k];
  expect(run(imm(0xffffffff), alu(bpf.BPF_ADD, 2))).toBe(1);
  expect(run(imm(0xffffffff), alu(bpf.BPF_MUL, 0xffffffff))).toBe(1);
  expect(run(imm(0xffffffff), alu(bpf.BPF_DIV, 2))).toBe(0x7fffffff);
  expect(run(imm(0x80000000), alu(bpf.BPF_RSH, 31))).toBe(1);
  expect(run(imm(1), alu(bpf.BPF_SUB, 2))).toBe(0xffffffff);
});

test('a supervisor answers the calls of another process', () => {
  const parent = new Caller();
  const listener = install(
    parent,
    [LOAD_NR, ...ifNr(SYS_getpid, abi.SECCOMP_RET_USER_NOTIF), ALLOW],
    8,
  ) as number;
  const child = parent.fork();
  expect(parent.poll(listener)).toBe(0);
  expect(child.call('getpid')).toBeUndefined();
  expect(parent.poll(listener) & 1).toBe(1);
  parent.bytes(new Uint8Array(80));
  expect(parent.call('ioctl', listener, abi.SECCOMP_IOCTL_NOTIF_RECV, parent.buffer)).toBe(0);
  const { id, pid } = abi.SeccompNotif.decode(parent.task.memory.copyIn(parent.buffer, 80));
  expect(pid).toBe(child.task.tid);
  parent.bytes(abi.SeccompNotifResp.encode({ id, val: 1234 }));
  expect(parent.call('ioctl', listener, abi.SECCOMP_IOCTL_NOTIF_SEND, parent.buffer)).toBe(0);
  expect(child.later).toBe(1234);
});
