/**
 * Blocks that once differed, as entries of a list (regressions.ts): what a real processor made of them. They are run
 * on ours without one.
 */
import type { Failure } from './tester.ts';
import { undefinedFlags } from './block.ts';
import { GPR_NAMES, exceptionName, flagNames } from './compare.ts';
import type { GuestRunner, Outcome } from './guest.ts';
import { type Layout, layoutAt } from './layout.ts';
import { ARITHMETIC_FLAGS, FLAG_BITS, FLAG_DF, FLOAT_ST, FLOAT_XMM, STATE_FLOAT, State } from './state.ts';

/** By name; registers that are zero, or as they usually are, are left out. Numbers are hexadecimal. */
type StateText = Readonly<Record<string, string>>;
/** By address: bytes, without the zeros at the end of a line of 64. */
type DataText = Readonly<Record<string, string>>;

export interface Regression {
  readonly name: string;
  /** Bytes of the block, int3 included. */
  readonly code: string;
  readonly before: StateText;
  /** What is in memory; all else is zero. */
  readonly data: DataText;
  readonly exception: string;
  /** The address of a page fault. */
  readonly address?: string;
  readonly after: StateText;
  /** Lines of memory that are not as before. */
  readonly changed: DataText;
  /** Flags that do not count. */
  readonly undefinedFlags: number;
}

const LINE = 64;

export function regressionOf({ block, code, expected, image, layout }: Failure, name: string): Regression {
  const data: Record<string, string> = {};
  for (let at = 0; at < image.length; at += LINE) {
    const line = image.subarray(at, at + LINE);
    if (line.some(byte => byte !== 0)) data[`0x${(layout.data + at).toString(16)}`] = lineText(line);
  }
  const { state, changes } = expected;
  const exception = exceptionName(state.trap).replace('#SS', '#GP');
  return {
    name,
    code: hex(code.bytes),
    before: describeState(block.state),
    data,
    exception,
    ...(exception === '#PF' && { address: `0x${state.address.toString(16)}` }),
    after: describeState(state),
    changed: changesText(layout, changes),
    undefinedFlags: undefinedFlags(block).before.at(-1)!,
  };
}

/** Runs it; what came out, as the entry has it. */
export function rerun(
  { code, before, data, undefinedFlags }: Regression,
  guest: GuestRunner,
): Pick<Regression, 'exception' | 'address' | 'after' | 'changed'> {
  const state = parseState(before);
  const layout = layoutAt(Number(state.rip));
  const image = new Uint8Array(layout.dataBytes);
  for (const [address, bytes] of Object.entries(data))
    image.set(Buffer.from(bytes, 'hex'), Number(address) - layout.data);
  const bytes = new Uint8Array(layout.codeBytes);
  bytes.set(Buffer.from(code, 'hex'), Number(state.rip) - layout.code);
  guest.begin(layout, bytes, image, [Number(state.rip)]);
  const { state: after, changes, crash } = guest.run(state);
  const exception = crash ?? exceptionName(after.trap);
  after.flags &= ~undefinedFlags;
  return {
    exception,
    ...(exception === '#PF' && { address: `0x${after.address.toString(16)}` }),
    after: describeState(after),
    changed: changesText(layout, changes),
  };
}

/** The same without the flags that do not count. */
export function withoutUndefined({ after, undefinedFlags }: Regression): StateText {
  const state = parseState(after);
  state.flags &= ~undefinedFlags;
  return describeState(state);
}

const WORDS = ['mxcsr', 'fcw', 'fsw', 'ftw'] as const;
const USUAL = { mxcsr: 0x1f80, fcw: 0x37f, fsw: 0, ftw: 0 };

export function describeState(state: State): Record<string, string> {
  const entries: Record<string, string> = { rip: `0x${state.rip.toString(16)}` };
  for (let i = 0; i < 16; i++)
    if (state.gpr(i) !== 0n) entries[GPR_NAMES[i]!] = `0x${state.gpr(i).toString(16)}`;
  const flags = state.flags & (ARITHMETIC_FLAGS | FLAG_DF);
  if (flags !== 0) entries['flags'] = flagNames(flags);
  for (const name of ['fsBase', 'gsBase'] as const)
    if (state[name] !== 0n) entries[name] = `0x${state[name].toString(16)}`;
  for (const name of WORDS) if (state[name] !== USUAL[name]) entries[name] = `0x${state[name].toString(16)}`;
  for (const { name, at, length } of VECTORS) {
    const bytes = state.bytes.slice(at, at + length);
    if (bytes.some(byte => byte !== 0)) entries[name] = `0x${hex(bytes.reverse())}`;
  }
  return entries;
}

const VECTORS = [
  ...Array.from({ length: 8 }, (_, i) => ({
    name: `st${i}`,
    at: STATE_FLOAT + FLOAT_ST + i * 16,
    length: 10,
  })),
  ...Array.from({ length: 16 }, (_, i) => ({
    name: `xmm${i}`,
    at: STATE_FLOAT + FLOAT_XMM + i * 16,
    length: 16,
  })),
];

function parseState(text: StateText): State {
  const state = new State();
  const given = new Map(Object.entries(text));
  for (const name of WORDS) state[name] = Number(given.get(name) ?? USUAL[name]);
  for (const [name, value] of given) {
    const vector = VECTORS.find(vector => vector.name === name);
    const register = GPR_NAMES.indexOf(name);
    if (vector) {
      const bytes = Buffer.from(value.slice(2), 'hex').reverse();
      if (bytes.length !== vector.length) throw new Error(`${name}=${value}: not ${vector.length} bytes`);
      state.bytes.set(bytes, vector.at);
    } else if (register >= 0) state.setGpr(register, BigInt(value));
    else if (name === 'rip' || name === 'fsBase' || name === 'gsBase') state[name] = BigInt(value);
    else if (name === 'flags')
      for (const flag of value.split(' ')) state.flags |= flag === 'df' ? FLAG_DF : FLAG_BITS[flag[0]!]!;
    else if (!(name in USUAL)) throw new Error(`no register ${name}`);
  }
  return state;
}

function changesText(layout: Layout, changes: Outcome['changes']): DataText {
  const lines = [...changes].toSorted(([a], [b]) => a - b);
  return Object.fromEntries(
    lines.map(([line, bytes]) => [`0x${(layout.data + line * LINE).toString(16)}`, lineText(bytes)]),
  );
}
function lineText(bytes: Uint8Array): string {
  return hex(bytes).replace(/(00)+$/, '');
}

function hex(bytes: ArrayLike<number>): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
