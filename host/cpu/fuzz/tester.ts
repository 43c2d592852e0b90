/** The differential tester: batches of blocks, run on both processors, and compared. */
import type { Row } from '../table/row.ts';
import type { Block, Code } from './block.ts';
import type { Difference } from './compare.ts';
import type { Outcome, Tier } from './guest.ts';
import type { Layout } from './layout.ts';
import { layOut } from './block.ts';
import { compare, stopOf } from './compare.ts';
import { Generator, MOST_CODE } from './generate.ts';
import { GuestRunner } from './guest.ts';
import { PAGE, layoutOf } from './layout.ts';
import { NativeRunner } from './native.ts';
import { Random } from './random.ts';
import { randomData } from './values.ts';

/** A block with all that is needed to run it again. */
export interface Case {
  readonly layout: Layout;
  readonly image: Uint8Array<ArrayBuffer>;
  readonly block: Block;
}

export interface Failure extends Case {
  readonly batch: number;
  readonly tier: Tier;
  readonly code: Code;
  readonly expected: Outcome;
  readonly got: Outcome;
  readonly differences: readonly Difference[];
}

/** How often instructions of a row were made, and executed to their end. */
export interface Coverage {
  made: number;
  done: number;
}

export interface TesterOptions {
  readonly rows: readonly Row[];
  readonly only?: ReadonlySet<string>;
  readonly seed: number;
  readonly tiers: readonly Tier[];
  /** native.c */
  readonly source: string;
}

export class Tester {
  readonly #native: NativeRunner;
  readonly #guests: readonly GuestRunner[];
  readonly #generator: Generator;
  readonly #seed: number;
  readonly coverage = new Map<Row, Coverage>();

  constructor({ rows, only, seed, tiers, source }: TesterOptions) {
    this.#generator = new Generator(rows, only);
    this.#guests = tiers.map(tier => new GuestRunner(rows, tier));
    this.#native = new NativeRunner(source);
    this.#seed = seed;
    for (const { row } of this.#generator.shapes) this.coverage.set(row, { made: 0, done: 0 });
  }
  [Symbol.dispose](): void {
    this.#native[Symbol.dispose]();
  }

  /** Runs the blocks of a batch; the same seed and number give the same blocks. */
  batch(number: number, count: number): Failure[] {
    const random = new Random(this.#seed, number);
    const layout = layoutOf(number);
    const image = randomData(random, layout);
    const code = new Uint8Array(layout.codeBytes);
    const blocks: Block[] = [];
    const codes: Code[] = [];
    let at = 0;
    for (let i = 0; i < count; i++) {
      // Some blocks lie across the end of a page.
      if (random.chance(0.1)) at = Math.max(at, (Math.floor(at / PAGE) + 1) * PAGE - random.below(60));
      if (at + MOST_CODE > layout.codeBytes) break;
      const block = this.#generator.block(random, layout, layout.code + at);
      const laidOut = layOut(block);
      code.set(laidOut.bytes, at);
      at += laidOut.bytes.length + random.below(8);
      blocks.push(block);
      codes.push(laidOut);
    }
    const states = blocks.map(({ state }) => state);
    const expected = this.#native.run(layout, code.subarray(0, at), image, states);
    for (const [i, block] of blocks.entries()) this.#count(block, codes[i]!, expected[i]!);
    const failures: Failure[] = [];
    for (const guest of this.#guests) {
      guest.begin(layout, code, image, codes.flatMap(entriesOf));
      for (const [i, block] of blocks.entries()) {
        const got = guest.run(block.state);
        const [code, wanted] = [codes[i]!, expected[i]!];
        const differences = compare(block, code, wanted, got);
        if (differences.length > 0)
          failures.push({
            batch: number,
            tier: guest.tier,
            layout,
            image,
            block,
            code,
            expected: wanted,
            got,
            differences,
          });
      }
    }
    this.blocks += blocks.length;
    return failures;
  }
  /** Blocks that were compared. */
  blocks = 0;

  /** Runs one block alone; undefined: no difference. */
  check({ layout, image, block }: Case, batch: number, tier: Tier): Failure | undefined {
    const code = layOut(block);
    const bytes = new Uint8Array(layout.codeBytes);
    bytes.set(code.bytes, Number(block.state.rip) - layout.code);
    const [expected] = this.#native.run(layout, bytes, image, [block.state]);
    const guest = this.#guests.find(guest => guest.tier === tier)!;
    guest.begin(layout, bytes, image, entriesOf(code));
    const got = guest.run(block.state);
    const differences = compare(block, code, expected!, got);
    if (differences.length === 0) return undefined;
    return { batch, tier, layout, image, block, code, expected: expected!, got, differences };
  }

  #count({ groups }: Block, code: Code, expected: Outcome): void {
    const stop = stopOf(code, expected);
    for (const [i, { row }] of groups.entries()) {
      const coverage = this.coverage.get(row);
      if (coverage === undefined) continue;
      coverage.made++;
      const isEnd = row.flow === 'trap' && i === stop?.group;
      if (stop !== undefined && (i < stop.group || isEnd)) coverage.done++;
    }
  }
}

/** Where translated code may be entered: at the beginning, and behind what only the interpreter does. */
function entriesOf({ starts }: Code): number[] {
  return starts.filter(({ isEntry }) => isEntry).map(({ address }) => address);
}
