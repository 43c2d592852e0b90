/** Makes random blocks out of the rows of the instruction table. */
import type { Row } from '../table/row.ts';
import type { Block, Group } from './block.ts';
import type { Layout } from './layout.ts';
import type { Random } from './random.ts';
import type { Shape } from './shape.ts';
import type { State } from './state.ts';
import { Bench } from './bench.ts';
import { chooseSize, encode } from './encode.ts';
import { changedWithoutName, isFuzzed, prepare, readsFlags, undefinedAfter } from './prepare.ts';
import { shapeOf } from './shape.ts';
import { FLAG_BITS } from './state.ts';
import { randomState } from './values.ts';

const MOST_GROUPS = 12;
/** No block is longer: groups of a few instructions of at most 15 bytes. */
export const MOST_CODE = MOST_GROUPS * 100;

/** Blocks of one kind find what instructions do to one another; mixed ones find the rest. */
type Theme = 'general' | 'vector' | 'float';

function themeOf({ row, operands }: Shape): Theme {
  if (operands.some(({ letter }) => 'PQN'.includes(letter))) return 'float';
  if (operands.some(({ letter }) => 'VWU'.includes(letter))) return 'vector';
  return /^(f|emms|wait|ldmxcsr|stmxcsr)/.test(row.name) ? 'float' : 'general';
}

export class Generator {
  readonly shapes: readonly Shape[];
  readonly #themes: readonly (readonly Shape[])[];

  /** `only`: names of instructions. */
  constructor(rows: readonly Row[], only?: ReadonlySet<string>) {
    this.shapes = rows.filter(({ name }) => only?.has(name) ?? true).map(shapeOf).filter(isFuzzed);
    if (this.shapes.length === 0) throw new Error('no row of the table is left to run');
    const themed = (['general', 'vector', 'float'] as const)
      .map(theme => this.shapes.filter(shape => themeOf(shape) === theme))
      .filter(({ length }) => length > 0);
    this.#themes = [this.shapes, ...themed];
  }

  /** A block whose code begins at `rip`. */
  block(random: Random, layout: Layout, rip: number): Block {
    const state = randomState(random, layout);
    state.rip = BigInt(rip);
    const bench = new Bench(random, layout, state);
    const shapes = random.pick(this.#themes);
    const count = random.chance(0.3) ? 1 : random.between(2, MOST_GROUPS);
    const groups: Group[] = [];
    /** What flags are undefined where a jump ahead arrives, by group. */
    const arrivals: string[] = [];
    let before = '';
    for (let number = 0; number < count; number++) {
      before += arrivals[number] ?? '';
      let shape = random.pick(shapes);
      // What always traps ends the block: seldom, and last.
      for (let i = 0; i < 20 && shape.row.flow === 'trap'; i++) shape = random.pick(shapes);
      const size = chooseSize(shape, bench);
      bench.begin();
      const undefinedBefore = flagBits(before);
      if (before !== '' && readsFlags(shape)) {
        bench.items.push({ bytes: [0x3c, random.below(256)] }); // cmp al, imm8
        before = '';
      }
      const choices = prepare(shape, size, number, bench);
      const item = encode(shape, size, choices, bench);
      bench.changes(changedWithoutName(shape));
      before = undefinedAfter(shape, size, choices, before);
      if (shape.row.flow !== undefined)
        for (let ahead = 1; ahead < 5; ahead++) arrivals[number + ahead] = (arrivals[number + ahead] ?? '') + before;
      groups.push({ items: [...bench.items, item], undefinedBefore, undefinedAfter: flagBits(before), row: shape.row });
    }
    const atEnd = before + arrivals.slice(count).join('');
    return { groups, state, undefinedAtEnd: flagBits(atEnd) };
  }
}

/** Flags that are undefined at the end of a block, jumps to there included. */
export function flagBits(letters: string): number {
  let bits = 0;
  for (const letter of letters) bits |= FLAG_BITS[letter] ?? 0;
  return bits;
}

/** The same block with other groups and another state. */
export function withGroups(block: Block, groups: readonly Group[], state: State = block.state): Block {
  return { ...block, groups, state };
}
