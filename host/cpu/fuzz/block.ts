/**
 * Blocks: what the tester runs. A block is a row of groups; a group is one instruction of the table with what must
 * stand before it: registers loaded, flags made defined. Groups can be left out (shrinking), so addresses that depend
 * on where an instruction stands are filled in last.
 */
import type { Row } from '../table/row.ts';
import type { Layout } from './layout.ts';
import type { State } from './state.ts';

/** A displacement or a relative target that depends on where the instruction stands. */
export interface Fixup {
  /** Where in the bytes, and how many. */
  readonly at: number;
  readonly length: 1 | 4;
  /** 'data': an address. 'group': the number of a group, that many or more: the end of the block. */
  readonly kind: 'data' | 'group';
  readonly target: number;
  /** Bytes from there. */
  readonly offset?: number;
}

export interface Item {
  readonly bytes: number[];
  readonly fixup?: Fixup;
  /** The row it was made from; none: an instruction that prepares. */
  readonly row?: Row;
  /** What it does to the set of flags that are undefined: those that stay so, and those that become so. */
  readonly flags?: { readonly keeps: number; readonly leaves: number };
  readonly readsFlags?: boolean;
  /** Memory that it writes and that does not count: where the last x87 instruction and its operand were. */
  readonly ignores?: readonly Range[];
  /** It stores or loads a whole image of the x87's state. */
  readonly isImage?: boolean;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Group {
  readonly items: readonly Item[];
  readonly row: Row;
}

export interface Block {
  readonly layout: Layout;
  readonly groups: readonly Group[];
  /** RIP is where the code begins. */
  readonly state: State;
}

/** Groups that a jump may leave out. */
export const FARTHEST_JUMP = 3;

/** Arithmetic flags (bits) that may have any value before each group, and at the end. */
export function undefinedFlags({ groups }: Pick<Block, 'groups'>): {
  before: readonly number[];
  isRead: boolean;
} {
  const before = Array.from({ length: groups.length + FARTHEST_JUMP + 1 }, () => 0);
  let isRead = false;
  let now = 0;
  for (const [i, { items, row }] of groups.entries()) {
    now |= before[i]!;
    before[i] = now;
    for (const { flags, readsFlags } of items) {
      if (readsFlags && now !== 0) isRead = true;
      if (flags) now = (now & flags.keeps) | flags.leaves;
    }
    if (row.flow !== undefined && items.length > 0)
      for (let ahead = 1; ahead <= FARTHEST_JUMP; ahead++) before[i + 1 + ahead]! |= now;
  }
  const atEnd = before.slice(groups.length).reduce((sum, flags) => sum | flags, now);
  return { before: [...before.slice(0, groups.length), atEnd], isRead };
}

/** The code of a block, and where each item begins. */
export interface Code {
  readonly bytes: readonly number[];
  /** Addresses of the groups' items, of the end last. */
  readonly starts: readonly Start[];
}

export interface Start {
  readonly address: number;
  readonly group: number;
  readonly item: number;
  /** The first, and those behind an instruction that is not translated. */
  readonly isEntry: boolean;
}

const INT3 = 0xcc;

function isTranslated({ does, isInterpreted, repeat, flow }: Row): boolean {
  return (
    does !== undefined && !isInterpreted && repeat === undefined && (flow === undefined || flow === 'branch')
  );
}

export function layOut(block: Block): Code {
  const { groups } = block;
  const base = Number(block.state.rip);
  const starts: Start[] = [];
  let isEntry = true;
  const groupStarts: number[] = [];
  let at = base;
  for (const [group, { items }] of groups.entries()) {
    groupStarts.push(at);
    for (const [item, { bytes, row }] of items.entries()) {
      starts.push({ address: at, group, item, isEntry });
      at += bytes.length;
      isEntry = row !== undefined && !isTranslated(row);
    }
  }
  starts.push({ address: at, group: groups.length, item: 0, isEntry: false });
  const end = at;
  const bytes: number[] = [];
  for (const { items } of groups)
    for (const { bytes: own, fixup } of items) {
      const from = bytes.length;
      bytes.push(...own);
      if (fixup === undefined) continue;
      const next = base + bytes.length;
      const target = fixup.kind === 'data' ? fixup.target : (groupStarts[fixup.target] ?? end);
      let distance = target + (fixup.offset ?? 0) - next;
      // Too far for a short jump: to the next instruction.
      if (fixup.length === 1 && (distance > 127 || distance < -128)) distance = 0;
      for (let i = 0; i < fixup.length; i++) bytes[from + fixup.at + i] = (distance >> (i * 8)) & 0xff;
    }
  bytes.push(INT3);
  return { bytes, starts };
}
