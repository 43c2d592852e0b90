/**
 * Bytes that nobody meant to be an instruction: what is one, how long it is, and what it traps with must be the same
 * on both processors. Instructions that the table lacks are only counted.
 */
import type { Row } from '../table/row.ts';
import type { Random } from './random.ts';
import type { State } from './state.ts';
import { GuestRunner, type Outcome } from './guest.ts';
import { layoutOf } from './layout.ts';
import { NativeRunner } from './native.ts';
import {
  EXCEPTION_INVALID_OPCODE,
  EXCEPTION_PAGE_FAULT,
  EXCEPTION_STACK,
  EXCEPTION_PROTECTION,
  HUNG,
} from './state.ts';
import { randomData, randomState } from './values.ts';

const PREFIXES = [0x66, 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x64, 0x65, 0x2e, 0x36, 0x26, 0x3e];
const INT3 = 0xcc;
/** Room for one instruction and the traps behind it. */
const ROOM = 48;

/**
 * System calls, far jumps and returns, selectors, protection keys, single steps: nothing that reaches beyond the
 * block. Pairs of bytes, because the code may be entered anywhere.
 */
const FORBIDDEN_AFTER_0F = new Set([
  0x00, 0x01, 0x02, 0x03, 0x05, 0x07, 0x34, 0x35, 0xa1, 0xa9, 0xb2, 0xb4, 0xb5,
]);
const FORBIDDEN = new Set([0xcd, 0xcf, 0xcb, 0xca, 0x8e, 0x9d, 0xf1]);

function isHarmless(bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => {
    const next = bytes[i + 1] ?? INT3;
    if (FORBIDDEN.has(byte)) return false;
    if (byte === 0x0f && FORBIDDEN_AFTER_0F.has(next)) return false;
    // call and jmp far
    return !(byte === 0xff && ((next >> 3) & 7) >= 3 && ((next >> 3) & 7) <= 5 && ((next >> 3) & 7) !== 4);
  });
}

/** Branches with prefixes, of which Intel and AMD make different things, and what both refuse with either trap. */
function isMakersOwn(bytes: readonly number[]): boolean {
  const opcode = opcodeOf(bytes);
  return /^(66|f2|f3) .*(7.|e[0-389b]|c[23]|0f 8.)$/.test(opcode) || /0f 2[0-3]$/.test(opcode);
}

function randomBytes(random: Random): number[] {
  const bytes: number[] = [];
  for (;;) {
    bytes.length = 0;
    for (let i = random.below(4); i > 0; i--) bytes.push(random.pick(PREFIXES));
    if (random.chance(0.3)) bytes.push(0x40 | random.below(16));
    const map = random.below(8);
    if (map >= 2) bytes.push(0x0f);
    if (map === 6) bytes.push(0x38);
    if (map === 7) bytes.push(0x3a);
    bytes.push(random.below(256));
    bytes.push(random.chance(0.5) ? 0xc0 | random.below(64) : random.below(256));
    if (random.chance(0.5)) bytes.push(random.below(256));
    if (isHarmless(bytes) && !isMakersOwn(bytes)) return bytes;
  }
}

export interface GarbageResult {
  /** By opcode: how often only one of the two knew it, with an example. */
  readonly unknownToUs: Map<string, Example>;
  readonly unknownToHost: Map<string, Example>;
  readonly different: Map<string, Example>;
  blocks: number;
}
export interface Example {
  count: number;
  readonly text: string;
}

export class GarbageTester {
  readonly #native: NativeRunner;
  readonly #guests: readonly GuestRunner[];
  readonly result: GarbageResult = {
    unknownToUs: new Map(),
    unknownToHost: new Map(),
    different: new Map(),
    blocks: 0,
  };

  constructor(rows: readonly Row[], source: string) {
    this.#native = new NativeRunner(source);
    this.#guests = [new GuestRunner(rows, 0), new GuestRunner(rows, 1)];
  }
  [Symbol.dispose](): void {
    this.#native[Symbol.dispose]();
  }

  batch(random: Random, number: number, count: number): void {
    const layout = layoutOf(number);
    const image = randomData(random, layout);
    const code = new Uint8Array(layout.codeBytes).fill(INT3);
    const cases: { bytes: number[]; state: State }[] = [];
    for (let i = 0; i < count; i++) {
      const bytes = randomBytes(random);
      code.set(bytes, i * ROOM);
      const state = randomState(random, layout);
      state.rip = BigInt(layout.code + i * ROOM);
      cases.push({ bytes, state });
    }
    const expected = this.#native.run(
      layout,
      code,
      image,
      cases.map(({ state }) => state),
    );
    const entries = cases.map(({ state }) => Number(state.rip));
    for (const guest of this.#guests) {
      guest.begin(layout, code, image, entries);
      for (const [i, { bytes, state }] of cases.entries())
        this.#compare(bytes, state, expected[i]!, guest.run(state));
    }
    this.result.blocks += count;
  }

  #compare(bytes: readonly number[], { rip: start }: State, expected: Outcome, got: Outcome): void {
    const native = expected.state;
    const ours = got.state;
    if (native.trap === HUNG || (isSame(native, ours) && got.crash === undefined)) return;
    const isUnknown = (after: State): boolean =>
      after.trap === EXCEPTION_INVALID_OPCODE && after.rip === start;
    const into = isUnknown(ours)
      ? this.result.unknownToUs
      : isUnknown(native)
        ? this.result.unknownToHost
        : this.result.different;
    const key = opcodeOf(bytes);
    const known = into.get(key);
    if (known) {
      known.count++;
      return;
    }
    const addresses =
      native.trap === EXCEPTION_PAGE_FAULT
        ? `, ${native.address.toString(16)} and ${ours.address.toString(16)}`
        : '';
    const text =
      `${hex(bytes)}: host trap ${native.trap} at +${native.rip - start}, ` +
      `ours ${got.crash ?? ours.trap} at +${ours.rip - start}${addresses}`;
    into.set(key, { count: 1, text });
  }
}

function isSame(a: State, b: State): boolean {
  return kindOf(a.trap) === kindOf(b.trap) && a.rip === b.rip;
}
/** An address that is none, or one where nothing is: what comes first of two is the processor's own matter. */
function kindOf(trap: number): number {
  return trap === EXCEPTION_STACK || trap === EXCEPTION_PAGE_FAULT ? EXCEPTION_PROTECTION : trap;
}

/** Prefixes that select, the map and the opcode. */
function opcodeOf(bytes: readonly number[]): string {
  let at = 0;
  const selecting: number[] = [];
  for (; PREFIXES.includes(bytes[at]!) || (bytes[at]! & 0xf0) === 0x40; at++)
    if ([0x66, 0xf0, 0xf2, 0xf3].includes(bytes[at]!)) selecting.push(bytes[at]!);
  const opcode = [bytes[at] ?? INT3];
  if (opcode[0] === 0x0f) opcode.push(bytes[++at] ?? INT3);
  if (opcode[1] === 0x38 || opcode[1] === 0x3a) opcode.push(bytes[++at] ?? INT3);
  return hex([...new Set(selecting)].sort((a, b) => a - b).concat(opcode));
}

function hex(bytes: readonly number[]): string {
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join(' ');
}
