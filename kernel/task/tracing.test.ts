import { describe, expect, it } from 'vitest';
import type { Task } from './task.ts';
import type { Instruction } from './testing-processor.ts';
import * as cpu from '../abi/cpu-context.ts';
import * as abi from '../abi/ptrace.ts';
import { SIGTRAP, TRAP_HWBKPT, TRAP_TRACE } from '../abi/signal.ts';
import { Args } from '../syscall/args.ts';
import { systemCalls } from '../syscall/all.ts';
import { trace } from './ptrace-relation.ts';
import { CODE, DATA, ProgramGuest, call, keep, kept } from './testing-programs.ts';

/** Where the tracer has room for what it asks. */
const ROOM = DATA + 0x3000;
const RIP = 128;
const ORIG_RAX = 120;
const RAX = 80;
const DEBUG = 848;

class Debugger {
  readonly guest = new ProgramGuest();
  readonly tracer = this.guest.task();
  readonly tracee = this.guest.task();

  /** The tracee stops at its first instruction. */
  constructor(...instructions: Instruction[]) {
    trace(this.tracee, this.tracer, 'seize', 0);
    this.tracee.trace!.isTrapPending = true;
    this.tracee.isSignalPending = true;
    this.guest.run(this.tracee, ...instructions);
    expect(this.tracee.state).toBe('traced');
  }

  request(request: number, address = 0, data: number | bigint = 0): number {
    const args = new Args();
    [request, this.tracee.tid, address, data].forEach((value, i) => {
      const word = BigInt.asUintN(64, BigInt(value));
      args.words[i * 2] = Number(BigInt.asIntN(32, word));
      args.words[i * 2 + 1] = Number(BigInt.asIntN(32, word >> 32n));
    });
    this.tracer.args.words.set(args.words);
    return systemCalls.get(101)!.handler!(this.tracer, this.tracer.args);
  }
  /** Continues in some way, up to the next stop; the signal that it stops with. */
  go(request: number): number {
    this.request(request);
    this.guest.settle();
    return this.stop(this.tracee);
  }
  stop({ trace: state }: Task): number {
    return state === undefined ? 0 : state.unreportedStatus >> 8;
  }
  peekUser(offset: number): bigint {
    this.request(abi.PTRACE_PEEKUSER, offset, ROOM);
    return this.tracer.memory.readB64(ROOM);
  }
  get code(): number {
    return this.tracee.trace!.stopInfo!.code;
  }
}

const nothing: Instruction = () => {};

describe('a tracer', () => {
  it('makes single steps, one of which is a whole call', () => {
    const debug = new Debugger(nothing, ...call('getpid'), nothing);
    const places: number[] = [];
    for (let i = 0; i < 4; i++) {
      expect(debug.go(abi.PTRACE_SINGLESTEP)).toBe(SIGTRAP);
      places.push(Number(debug.peekUser(RIP)) - CODE);
    }
    expect(places).toEqual([2, 4, 6, 8]);
    expect(debug.code).toBe(TRAP_TRACE);
    expect(debug.peekUser(RAX)).toBe(BigInt(debug.tracee.tid));
  });

  it('watches memory, and sees the instruction after the store', () => {
    const debug = new Debugger(
      nothing,
      machine => machine.store(DATA, 1),
      machine => machine.store(DATA + 8, 1),
      machine => machine.store(DATA, 2),
      ...call('pause'),
    );
    debug.request(abi.PTRACE_POKEUSER, DEBUG, DATA);
    debug.request(abi.PTRACE_POKEUSER, DEBUG + 7 * 8, 0x0009_0001n);
    expect(debug.go(abi.PTRACE_CONT)).toBe(SIGTRAP);
    expect([Number(debug.peekUser(RIP)), debug.code]).toEqual([CODE + 4, TRAP_HWBKPT]);
    expect(debug.peekUser(DEBUG + 6 * 8)).toBe(0xffff_0ff1n);
    expect(debug.go(abi.PTRACE_CONT)).toBe(SIGTRAP);
    expect(Number(debug.peekUser(RIP))).toBe(CODE + 8);
  });

  it('changes a call before it is made, and its result after', () => {
    const debug = new Debugger(...call('getppid'), keep(0), ...call('pause'));
    expect(debug.go(abi.PTRACE_SYSCALL)).toBe(SIGTRAP);
    expect([debug.peekUser(ORIG_RAX), BigInt.asIntN(64, debug.peekUser(RAX))]).toEqual([110n, -38n]);
    debug.request(abi.PTRACE_POKEUSER, ORIG_RAX, 39);
    debug.go(abi.PTRACE_SYSCALL);
    expect(debug.peekUser(RAX)).toBe(BigInt(debug.tracee.tid));
    debug.request(abi.PTRACE_POKEUSER, RAX, 0x1234_5678_9abc_def0n);
    debug.go(abi.PTRACE_CONT);
    expect(debug.tracee.memory.readB64(DATA)).toBe(0x1234_5678_9abc_def0n);
  });

  it("makes calls in its tracee's place", () => {
    const debug = new Debugger(...call('getppid'), keep(0), ...call('pause'));
    debug.go(abi.PTRACE_SYSEMU);
    debug.request(abi.PTRACE_POKEUSER, RAX, 77);
    debug.go(abi.PTRACE_CONT);
    expect(kept(debug.tracee, 0)).toBe(77);
    expect(debug.tracee.state).toBe('sleeping');
  });

  it('writes into code that the program cannot write, and the processor learns of it', () => {
    const debug = new Debugger(nothing, ...call('pause'));
    const { guest, tracee } = debug;
    debug.go(abi.PTRACE_SINGLESTEP);
    debug.request(abi.PTRACE_PEEKTEXT, CODE, ROOM);
    debug.request(abi.PTRACE_POKETEXT, CODE, 0xccn);
    const { pages } = guest.processor.spaces.at(-1)!;
    const page = pages.translate(CODE, cpu.ACCESS_EXECUTE) >>> 12;
    guest.processor.codePages[page] = 1;
    debug.request(abi.PTRACE_POKETEXT, CODE, 0x90n);
    expect(guest.processor.changedPages).toContain(page);
    expect(tracee.memory.readU8(CODE)).toBe(0x90);
    expect(pages.translate(CODE, cpu.ACCESS_WRITE)).toBe(0);
  });
});
