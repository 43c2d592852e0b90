/**
 * Classic BPF programs as seccomp(2) uses them: the check that a program is sound, and the interpreter. Linux
 * counterpart: bpf_check_classic in net/core/filter.c, seccomp_check_filter in kernel/seccomp.c. A program that passed
 * the check only jumps forward within itself, ends with a return, and reads no scratch word that it has not written;
 * so it always ends.
 */
import { EINVAL } from '../abi/errno.ts';
import * as bpf from '../abi/filter.ts';
import { viewOf } from '../abi/layout.ts';
import { SeccompData } from '../abi/seccomp.ts';
import { fail } from '../errors.ts';

export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** Two words for each instruction, as in struct sock_filter: small, since every task may have thousands. */
export type BpfProgram = Uint32Array;

function instructionAt(program: BpfProgram, index: number): Instruction {
  const word = program[index * 2]!;
  return { code: word & 0xffff, jt: (word >>> 16) & 0xff, jf: word >>> 24, k: program[index * 2 + 1]! };
}

const CLASS = 0x07;
const OPERATION = 0xf0;
const ALU = [bpf.BPF_ADD, bpf.BPF_SUB, bpf.BPF_MUL, bpf.BPF_DIV, bpf.BPF_OR, bpf.BPF_AND, bpf.BPF_LSH, bpf.BPF_RSH, bpf.BPF_XOR]; // prettier-ignore
const JUMPS = [bpf.BPF_JEQ, bpf.BPF_JGT, bpf.BPF_JGE, bpf.BPF_JSET];

/** Codes that seccomp permits. */
const PERMITTED: ReadonlySet<number> = new Set([
  bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS,
  bpf.BPF_LD | bpf.BPF_W | bpf.BPF_LEN,
  bpf.BPF_LDX | bpf.BPF_W | bpf.BPF_LEN,
  bpf.BPF_LD | bpf.BPF_IMM,
  bpf.BPF_LDX | bpf.BPF_IMM,
  bpf.BPF_LD | bpf.BPF_MEM,
  bpf.BPF_LDX | bpf.BPF_MEM,
  bpf.BPF_ST,
  bpf.BPF_STX,
  bpf.BPF_RET | bpf.BPF_K,
  bpf.BPF_RET | bpf.BPF_A,
  bpf.BPF_MISC | bpf.BPF_TAX,
  bpf.BPF_MISC | bpf.BPF_TXA,
  bpf.BPF_ALU | bpf.BPF_NEG,
  bpf.BPF_JMP | bpf.BPF_JA,
  ...ALU.flatMap(op => [bpf.BPF_ALU | op | bpf.BPF_K, bpf.BPF_ALU | op | bpf.BPF_X]),
  ...JUMPS.flatMap(op => [bpf.BPF_JMP | op | bpf.BPF_K, bpf.BPF_JMP | op | bpf.BPF_X]),
]);

/** Takes a program out of the bytes of its sock_filters. EINVAL. */
export function readProgram(bytes: Uint8Array): BpfProgram {
  const view = viewOf(bytes);
  const program = Uint32Array.from({ length: bytes.length >>> 2 }, (_, i) => view.getUint32(i * 4, true));
  const length = bytes.length / bpf.SockFilter.size;
  for (let i = 0; i < length; i++) check(instructionAt(program, i), length - i - 1);
  if ((instructionAt(program, length - 1).code & CLASS) !== bpf.BPF_RET)
    fail(EINVAL, 'bpf: does not end with a return');
  checkMemory(program);
  return program;
}

/** `left`: how many instructions follow. */
function check({ code, jt, jf, k }: Instruction, left: number): void {
  if (!PERMITTED.has(code)) fail(EINVAL, 'bpf: unknown code');
  switch (code) {
    case bpf.BPF_LD | bpf.BPF_W | bpf.BPF_ABS:
      if (k >= SeccompData.size || (k & 3) !== 0) fail(EINVAL, 'bpf: load outside of seccomp_data');
      return;
    case bpf.BPF_ALU | bpf.BPF_DIV | bpf.BPF_K:
      if (k === 0) fail(EINVAL, 'bpf: division by 0');
      return;
    case bpf.BPF_ALU | bpf.BPF_LSH | bpf.BPF_K:
    case bpf.BPF_ALU | bpf.BPF_RSH | bpf.BPF_K:
      if (k >= 32) fail(EINVAL, 'bpf: shift');
      return;
    case bpf.BPF_LD | bpf.BPF_MEM:
    case bpf.BPF_LDX | bpf.BPF_MEM:
    case bpf.BPF_ST:
    case bpf.BPF_STX:
      if (k >= bpf.BPF_MEMWORDS) fail(EINVAL, 'bpf: no such scratch word');
      return;
    case bpf.BPF_JMP | bpf.BPF_JA:
      if (k >= left) fail(EINVAL, 'bpf: jump past the end');
      return;
  }
  if ((code & CLASS) === bpf.BPF_JMP && (jt >= left || jf >= left)) fail(EINVAL, 'bpf: jump past the end');
}

/** Scratch words must have been written on every way that leads to where they are read. */
function checkMemory(program: BpfProgram): void {
  const length = program.length / 2;
  const reached = new Uint16Array(length).fill(0xffff);
  let valid = 0;
  for (let i = 0; i < length; i++) {
    const { code, jt, jf, k } = instructionAt(program, i);
    valid &= reached[i]!;
    const narrow = (to: number): void => void (reached[to]! &= valid);
    switch (code & CLASS) {
      case bpf.BPF_ST:
      case bpf.BPF_STX:
        valid |= 1 << k;
        break;
      case bpf.BPF_LD:
      case bpf.BPF_LDX:
        if ((code & 0xe0) === bpf.BPF_MEM && (valid & (1 << k)) === 0)
          fail(EINVAL, 'bpf: unset scratch word');
        break;
      case bpf.BPF_JMP:
        if (code === (bpf.BPF_JMP | bpf.BPF_JA)) narrow(i + 1 + k);
        else {
          narrow(i + 1 + jt);
          narrow(i + 1 + jf);
        }
        valid = 0xffff;
    }
  }
}

/** Runs a checked program over the bytes of a seccomp_data; what it returns, as an unsigned number. */
export function runProgram(program: BpfProgram, data: Uint8Array): number {
  const view = viewOf(data);
  const memory = new Uint32Array(bpf.BPF_MEMWORDS);
  let a = 0;
  let x = 0;
  for (let pc = 0; ; pc++) {
    const word = program[pc * 2]!;
    const code = word & 0xffff;
    const k = program[pc * 2 + 1]!;
    switch (code & CLASS) {
      case bpf.BPF_LD:
        a = load(code, k, view, memory);
        break;
      case bpf.BPF_LDX:
        x = load(code, k, view, memory);
        break;
      case bpf.BPF_ST:
        memory[k] = a;
        break;
      case bpf.BPF_STX:
        memory[k] = x;
        break;
      case bpf.BPF_ALU: {
        const operand = (code & bpf.BPF_X) !== 0 ? x : k;
        // A division by an X of 0 ends the program with 0.
        if ((code & OPERATION) === bpf.BPF_DIV && operand === 0) return 0;
        a = calculate(code & OPERATION, a, operand);
        break;
      }
      case bpf.BPF_JMP:
        if ((code & OPERATION) === bpf.BPF_JA) pc += k;
        else
          pc += holds(code & OPERATION, a, (code & bpf.BPF_X) !== 0 ? x : k)
            ? (word >>> 16) & 0xff
            : word >>> 24;
        break;
      case bpf.BPF_RET:
        return (code & 0x18) === bpf.BPF_A ? a : k;
      default:
        if ((code & 0xf8) === bpf.BPF_TAX) x = a;
        else a = x;
    }
  }
}

function load(code: number, k: number, data: DataView, memory: Uint32Array): number {
  switch (code & 0xe0) {
    case bpf.BPF_ABS:
      return data.getUint32(k, true);
    case bpf.BPF_MEM:
      return memory[k]!;
    case bpf.BPF_LEN:
      return data.byteLength;
    default:
      return k;
  }
}

function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case bpf.BPF_ADD:
      return (a + operand) >>> 0;
    case bpf.BPF_SUB:
      return (a - operand) >>> 0;
    case bpf.BPF_MUL:
      return Math.imul(a, operand) >>> 0;
    case bpf.BPF_DIV:
      return Math.floor(a / operand) >>> 0;
    case bpf.BPF_OR:
      return (a | operand) >>> 0;
    case bpf.BPF_AND:
      return (a & operand) >>> 0;
    case bpf.BPF_XOR:
      return (a ^ operand) >>> 0;
    case bpf.BPF_LSH:
      return (a << (operand & 31)) >>> 0;
    case bpf.BPF_RSH:
      return a >>> (operand & 31);
    default:
      return -a >>> 0;
  }
}

function holds(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case bpf.BPF_JEQ:
      return a === operand;
    case bpf.BPF_JGT:
      return a > operand;
    case bpf.BPF_JGE:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
