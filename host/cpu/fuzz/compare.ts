/** What a block did on the host's processor and on ours: the differences that count. */
import type { Block, Code } from './block.ts';
import type { Outcome } from './guest.ts';
import { undefinedFlags } from './block.ts';
import * as state from './state.ts';

export interface Difference {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

const GPR_NAMES = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
for (let i = 8; i < 16; i++) GPR_NAMES.push(`r${i}`);
export { GPR_NAMES };

const { STATE_FLOAT } = state;
const LINE = 64;

/** Where a block stopped. */
export interface Stop {
  /** Number of the group; the number of groups: at the end. */
  readonly group: number;
  readonly item: number;
}

/** The item at which the block ended; undefined: somewhere else. */
export function stopOf(code: Code, { state: after }: Outcome): Stop | undefined {
  const rip = Number(after.rip);
  const last = code.starts.at(-1)!;
  if (after.trap === state.EXCEPTION_BREAKPOINT && rip === last.address + 1) return last;
  return code.starts.find(({ address }) => address === rip);
}

/** MXCSR: misaligned vectors do not fault. */
const MXCSR_MM = 0x2_0000;

export function compare(block: Block, code: Code, expected: Outcome, got: Outcome): Difference[] {
  const differences: Difference[] = [];
  const differ = (what: string, wanted: string, found: string): void => {
    differences.push({ what, expected: wanted, got: found });
  };
  const a = expected.state;
  const b = got.state;
  // A jump to nowhere found a loop: neither ends.
  if (a.trap === state.HUNG) return differences;
  // AMD's processors have a bit there that ours does not announce: an image with it is valid for one of the two only.
  if ((a.mxcsr & MXCSR_MM) !== 0) return differences;
  // Nearly always there is no difference at all.
  const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
  const number = (what: string, wanted: bigint | number, found: bigint | number): void => {
    if (wanted !== found) differ(what, hex(wanted), hex(found));
  };
  const trapOf = ({ trap }: state.State): number =>
    trap === state.EXCEPTION_STACK ? state.EXCEPTION_PROTECTION : trap;
  if (got.crash !== undefined) differ('crash', 'none', got.crash.split('\n').slice(0, 6).join('; '));
  number('rip', a.rip, b.rip);
  if (Buffer.compare(a.bytes.subarray(0, 128), b.bytes.subarray(0, 128)) !== 0)
    for (let i = 0; i < 16; i++) number(GPR_NAMES[i]!, a.gpr(i), b.gpr(i));
  const stop = stopOf(code, expected);
  const item = stop && block.groups[stop.group]?.items[stop.item];
  // In what order the parts of an image are reached is the processor's own matter.
  const isAnyOrder = item?.isImage === true && isAccess(a.trap) && isAccess(b.trap);
  if (trapOf(a) !== trapOf(b) && !isAnyOrder)
    differ('exception', exceptionName(a.trap), exceptionName(b.trap));
  const hasAddress = a.trap === state.EXCEPTION_PAGE_FAULT && b.trap === a.trap && !isAnyOrder;
  if (hasAddress) number('fault address', a.address, b.address);
  if (a.flags !== b.flags) {
    const { before } = undefinedFlags(block);
    // Out of the block by a jump from somewhere: any of them.
    const ignored = stop === undefined ? before.reduce((a, b) => a | b) : before[stop.group]!;
    const mask = (state.ARITHMETIC_FLAGS | state.FLAG_DF) & ~ignored;
    if (((a.flags ^ b.flags) & mask) !== 0)
      differ('flags', flagNames(a.flags & mask), flagNames(b.flags & mask));
  }
  number('fs base', a.fsBase, b.fsBase);
  number('gs base', a.gsBase, b.gsBase);
  compareFloat(a, b, differ);
  compareMemory(block, expected, got, differ);
  return differences;
}

function isAccess(exception: number): boolean {
  return [state.EXCEPTION_PAGE_FAULT, state.EXCEPTION_PROTECTION, state.EXCEPTION_STACK].includes(exception);
}

function compareFloat(
  a: state.State,
  b: state.State,
  differ: (what: string, a: string, b: string) => void,
): void {
  const from = STATE_FLOAT + state.FLOAT_XMM;
  const to = STATE_FLOAT + state.FLOAT_END;
  if (a.fcw !== b.fcw) differ('fcw', a.fcw.toString(16), b.fcw.toString(16));
  if (a.fsw !== b.fsw) differ('fsw', a.fsw.toString(16), b.fsw.toString(16));
  if (a.ftw !== b.ftw) differ('ftw', a.ftw.toString(2), b.ftw.toString(2));
  if (a.mxcsr !== b.mxcsr) differ('mxcsr', a.mxcsr.toString(16), b.mxcsr.toString(16));
  for (let i = 0; i < 8; i++) {
    const at = STATE_FLOAT + state.FLOAT_ST + i * 16;
    const [x, y] = [a.bytes.subarray(at, at + 10), b.bytes.subarray(at, at + 10)];
    if (Buffer.compare(x, y) !== 0) differ(`st(${i})`, bytesOf(x), bytesOf(y));
  }
  if (Buffer.compare(a.bytes.subarray(from, to), b.bytes.subarray(from, to)) === 0) return;
  for (let i = 0; i < 16; i++) {
    const [x, y] = [
      a.bytes.subarray(from + i * 16, from + i * 16 + 16),
      b.bytes.subarray(from + i * 16, from + i * 16 + 16),
    ];
    if (Buffer.compare(x, y) !== 0) differ(`xmm${i}`, bytesOf(x), bytesOf(y));
  }
}

function compareMemory(
  { groups, layout }: Block,
  expected: Outcome,
  got: Outcome,
  differ: (what: string, a: string, b: string) => void,
): void {
  const lines = new Set([...expected.changes.keys(), ...got.changes.keys()]);
  if (lines.size === 0) return;
  const ignored = groups.flatMap(({ items }) => items.flatMap(({ ignores }) => ignores ?? []));
  for (const line of lines) {
    const at = layout.data + line * LINE;
    const [x, y] = [expected.changes.get(line), got.changes.get(line)];
    if (ignored.some(({ from, to }) => from < at + LINE && to > at)) {
      // What one of them left as it was may be what is ignored.
      if (!x || !y) continue;
      const [a, b] = [x.slice(), y.slice()];
      for (const { from, to } of ignored)
        for (const bytes of [a, b]) bytes.fill(0, Math.max(0, from - at), Math.max(0, to - at));
      if (Buffer.compare(a, b) === 0) continue;
    }
    if (x && y) {
      if (Buffer.compare(x, y) === 0) continue;
      let from = 0;
      while (x[from] === y[from]) from++;
      let to = LINE;
      while (x[to - 1] === y[to - 1]) to--;
      differ(
        `data+0x${(line * LINE + from).toString(16)}`,
        bytesInOrder(x.subarray(from, to)),
        bytesInOrder(y.subarray(from, to)),
      );
    } else
      differ(
        `data+0x${(line * LINE).toString(16)}`,
        x ? bytesInOrder(x) : 'unchanged',
        y ? bytesInOrder(y) : 'unchanged',
      );
  }
}

/** As a number: the last byte first. */
function bytesOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('')
    .replaceAll(/(?=(?:.{16})+$)/g, '_')
    .replace(/^_/, '');
}
function bytesInOrder(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}

export function flagNames(flags: number): string {
  const names: string[] = [];
  for (const [letter, bit] of Object.entries(state.FLAG_BITS)) if (flags & bit) names.push(`${letter}f`);
  if (flags & state.FLAG_DF) names.push('df');
  return names.join(' ') || 'none';
}

export function exceptionName(exception: number): string {
  switch (exception) {
    case state.EXCEPTION_DIVIDE:
      return '#DE';
    case state.EXCEPTION_DEBUG:
      return '#DB';
    case state.EXCEPTION_BREAKPOINT:
      return '#BP';
    case state.EXCEPTION_INVALID_OPCODE:
      return '#UD';
    case state.EXCEPTION_STACK:
      return '#SS';
    case state.EXCEPTION_PROTECTION:
      return '#GP';
    case state.EXCEPTION_PAGE_FAULT:
      return '#PF';
    case state.EXCEPTION_X87:
      return '#MF';
    case state.EXCEPTION_ALIGNMENT:
      return '#AC';
    case state.EXCEPTION_SIMD:
      return '#XM';
    case state.HUNG:
      return 'no end';
    default:
      return `trap ${exception}`;
  }
}
