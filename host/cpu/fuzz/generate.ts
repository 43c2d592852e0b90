/** Makes random blocks out of the rows of the instruction table. */
import type { Row } from '../table/row.ts';
import type { Block, Group } from './block.ts';
import type { Layout } from './layout.ts';
import type { Random } from './random.ts';
import type { Shape } from './shape.ts';
import { R14, R15 } from '../../../kernel/abi/cpu-context.ts';
import { Bench } from './bench.ts';
import { undefinedFlags } from './block.ts';
import { chooseSize, encode } from './encode.ts';
import { changedWithoutName, endsBlock, flagsOf, isFuzzed, isImage, prepare, readsFlags } from './prepare.ts';
import { patchGroups } from './patches.ts';
import { shapeOf } from './shape.ts';
import { randomState } from './values.ts';

const MOST_GROUPS = 12;
/** No block is longer: groups of a few instructions of at most 15 bytes. */
export const MOST_CODE = MOST_GROUPS * 150;

/** Blocks of one kind find what instructions do to one another; mixed ones find the rest. */
type Theme = 'general' | 'vector' | 'float';

function themeOf({ row, operands }: Shape): Theme {
  if (operands.some(({ letter }) => 'PQN'.includes(letter))) return 'float';
  if (operands.some(({ letter }) => 'VWU'.includes(letter))) return 'vector';
  return /^(f|emms|wait|ldmxcsr|stmxcsr)/.test(row.name) ? 'float' : 'general';
}

export class Generator {
  readonly shapes: readonly Shape[];
  /** The jump that closes a loop. */
  readonly #closing: Row | undefined;
  readonly #themes: readonly (readonly Shape[])[];

  /** `only`: names of instructions. */
  constructor(rows: readonly Row[], only?: ReadonlySet<string>) {
    this.shapes = rows
      .filter(({ name }) => only?.has(name) ?? true)
      .map(shapeOf)
      .filter(isFuzzed);
    this.#closing = this.shapes.find(({ row }) => row.name === 'jg' && row.operands === 'Jd')?.row;
    if (this.shapes.length === 0) throw new Error('no row of the table is left to run');
    const themed = (['general', 'vector', 'float'] as const)
      .map(theme => this.shapes.filter(shape => themeOf(shape) === theme))
      .filter(({ length }) => length > 0);
    this.#themes = [this.shapes, ...themed];
  }

  /** One or two loops around some of the instructions, side by side or one in the other, or across one another. */
  #loops(random: Random, count: number): Loop[] {
    if (this.#closing === undefined) return [];
    const counters = random.chance(0.6) ? [R15] : [R15, R14];
    return counters.map(counter => {
      const from = random.below(count);
      return { counter, from, to: random.between(from, count - 1), head: 0 };
    });
  }

  /** A block whose code begins at `rip`. */
  block(random: Random, layout: Layout, rip: number): Block {
    const state = randomState(random, layout);
    state.rip = BigInt(rip);
    const bench = new Bench(random, layout, state);
    const shapes = random.pick(this.#themes);
    const count = random.chance(0.3) ? 1 : random.between(2, MOST_GROUPS);
    const groups: Group[] = [];
    const loops = random.chance(0.2) ? this.#loops(random, count) : [];
    for (const { counter } of loops) bench.counters |= 1 << counter;
    for (let turn = 0; turn < count; turn++) {
      for (const loop of loops)
        if (loop.from === turn) {
          groups.push(loopBegin(loop.counter, random.between(1, 4)));
          loop.head = groups.length;
        }
      if (layout.isCodeWritable && random.chance(0.3)) groups.push(...patchGroups(bench, groups.length));
      const number = groups.length;
      let shape = random.pick(shapes);
      // What always traps ends the block: seldom, and last.
      for (let i = 0; i < 20 && shape.row.flow === 'trap'; i++) shape = random.pick(shapes);
      const size = chooseSize(shape, bench);
      bench.begin();
      const isReading = readsFlags(shape);
      const soFar = isReading
        ? undefinedFlags({ groups: [...groups, { items: [], row: shape.row }] })
        : undefined;
      if (soFar !== undefined && soFar.before[number] !== 0)
        bench.items.push({ bytes: [0x3c, random.below(256)], flags: { keeps: 0, leaves: 0 } }); // cmp al, imm8
      const choices = prepare(shape, size, number, bench);
      const item = encode(shape, size, choices, bench);
      bench.changes(changedWithoutName(shape));
      const flags = flagsOf(shape, size, choices);
      groups.push({
        items: [
          ...bench.items,
          { ...item, ...(flags && { flags }), readsFlags: isReading, isImage: isImage(shape) },
        ],
        row: shape.row,
      });
      if (endsBlock(shape)) break;
      for (const loop of loops) if (loop.to === turn) groups.push(loopEnd(this.#closing!, loop));
    }
    // What a jump past the beginning of a loop finds.
    for (const { counter } of loops) state.setGpr(counter, BigInt(random.below(4)));
    return { layout, groups, state };
  }
}

interface Loop {
  readonly counter: number;
  readonly from: number;
  readonly to: number;
  /** The group that it goes back to. */
  head: number;
}

const NO_ROW: Row = { name: '', encoding: '', operands: '' };

/** mov r32, imm32 */
function loopBegin(counter: number, turns: number): Group {
  return { items: [{ bytes: [0x41, 0xb8 + (counter & 7), turns, 0, 0, 0] }], row: NO_ROW };
}
/** sub r32, 1; jg to the loop's first group. */
function loopEnd(row: Row, { counter, head }: Loop): Group {
  return {
    items: [
      { bytes: [0x41, 0x83, 0xe8 + (counter & 7), 0x01], flags: { keeps: 0, leaves: 0 } },
      { bytes: [0x0f, 0x8f, 0, 0, 0, 0], row, fixup: { at: 2, length: 4, kind: 'group', target: head } },
    ],
    row,
  };
}
