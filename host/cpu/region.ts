/**
 * Regions: the piece of a program that is translated as one WebAssembly function. A region begins at one address and
 * takes in what can be reached from there by branches and by going on, up to a limit; it ends at calls, returns,
 * indirect jumps and system calls. Here it is found and its control flow is studied; translator.ts writes it.
 */
import { DECODED, Instruction } from './decoder.ts';
import type { Decoder } from './decoder.ts';

/** Instructions and blocks of one region at most. */
const MAX_INSTRUCTIONS = 250;
const MAX_BLOCKS = 80;

/** Up to 15 bytes of code at an address, or more; fewer if what follows cannot be fetched. */
export type CodeSource = (pc: number) => {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly available: number;
};

/** How a block ends. Addresses that begin no block of the region are left for. */
export type Ending =
  /** The last instruction says: it leaves the region in any case (ret, call, syscall, indirect jump). */
  | { readonly kind: 'leave' }
  | { readonly kind: 'goto'; readonly target: number }
  | { readonly kind: 'branch'; readonly target: number; readonly next: number }
  /** The instruction at this address cannot be translated: the interpreter goes on there. */
  | { readonly kind: 'interpret'; readonly pc: number };

export interface RegionBlock {
  readonly pc: number;
  readonly instructions: readonly Instruction[];
  readonly ending: Ending;
  /** Blocks of the region that control goes to, in the order of the ending's fields. */
  successors: RegionBlock[];
  predecessors: RegionBlock[];
  /** Position in reverse postorder. */
  order: number;
  /** Immediate dominator; the entry's is itself. */
  dominator: RegionBlock;
  isLoopHeader: boolean;
  /** More than one forward edge comes in. */
  isMerge: boolean;
}

export interface Region {
  readonly entry: RegionBlock;
  /** In reverse postorder. */
  readonly blocks: readonly RegionBlock[];
  /** Stretches of code, [from, to) in guest addresses. */
  readonly spans: readonly { readonly from: number; readonly to: number }[];
  readonly instructionCount: number;
}

/** Finds the region that begins at `pc`; undefined: its first instruction cannot be translated. */
export function findRegion(pc: number, decoder: Decoder, source: CodeSource): Region | undefined {
  const leaders = new Set<number>([pc]);
  const decoded = new Map<number, Instruction | undefined>();
  const decodeAt = (at: number): Instruction | undefined => {
    if (decoded.has(at)) return decoded.get(at);
    const { bytes, at: offset, available } = source(at);
    const instruction = new Instruction();
    const isKnown = available > 0 && decoder.decode(bytes, offset, available, at, instruction) === DECODED;
    const result = isKnown && isTranslatable(instruction) ? instruction : undefined;
    decoded.set(at, result);
    return result;
  };

  // First the addresses where blocks begin.
  const queue = [pc];
  const starts: number[] = [];
  let count = 0;
  while (queue.length > 0 && count < MAX_INSTRUCTIONS && starts.length < MAX_BLOCKS) {
    let at = queue.shift()!;
    starts.push(at);
    for (;;) {
      const instruction = decodeAt(at);
      if (instruction === undefined || ++count > MAX_INSTRUCTIONS) break;
      const next = instruction.next;
      const { flow } = instruction.form.row;
      if (flow === undefined) {
        if (leaders.has(next)) break;
        at = next;
        continue;
      }
      const targets =
        flow === 'branch' ? [next, targetOf(instruction)] : flow === 'jump' ? [targetOf(instruction)] : [];
      for (const target of targets)
        if (target !== undefined && !leaders.has(target)) {
          leaders.add(target);
          queue.push(target);
        }
      break;
    }
  }
  // What was only seen and not looked into is left for.
  const known = new Set(starts);
  const blocks = new Map<number, RegionBlock>();
  for (const start of starts) {
    const block = cutBlock(start, known, decodeAt);
    blocks.set(start, block);
  }
  const entry = blocks.get(pc)!;
  if (entry.instructions.length === 0) return undefined;
  for (const block of blocks.values()) {
    const { ending } = block;
    const targets =
      ending.kind === 'goto' ? [ending.target] : ending.kind === 'branch' ? [ending.target, ending.next] : [];
    for (const target of targets) {
      const successor = blocks.get(target);
      if (successor) block.successors.push(successor);
    }
  }
  const ordered = orderBlocks(entry);
  findDominators(ordered);
  const spans: { from: number; to: number }[] = [];
  let instructionCount = 0;
  for (const { pc: from, instructions } of ordered) {
    const last = instructions.at(-1);
    if (last) spans.push({ from, to: last.next });
    instructionCount += instructions.length;
  }
  return { entry, blocks: ordered, spans, instructionCount };
}

function isTranslatable({ form }: Instruction): boolean {
  return (
    form.row.does !== undefined &&
    !form.row.isInterpreted &&
    form.repeat === 'none' &&
    form.addressSize === 64
  );
}

/** The target of a direct jump, branch or call, if it is an address that a program may have. */
function targetOf({ form, values, immediateHigh }: Instruction): number | undefined {
  const at = form.operands.findIndex(({ source }) => source === 'relative');
  return at < 0 || immediateHigh >>> 15 !== 0 ? undefined : immediateHigh * 2 ** 32 + (values[at]! >>> 0);
}

/** The block that begins at `start`, up to the next start. */
function cutBlock(
  start: number,
  starts: ReadonlySet<number>,
  decodeAt: (pc: number) => Instruction | undefined,
): RegionBlock {
  const instructions: Instruction[] = [];
  let ending: Ending;
  for (let at = start; ;) {
    const instruction = decodeAt(at);
    if (instruction === undefined) {
      ending = { kind: 'interpret', pc: at };
      break;
    }
    if (instructions.length >= MAX_INSTRUCTIONS) {
      ending = { kind: 'goto', target: at };
      break;
    }
    instructions.push(instruction);
    const { next } = instruction;
    const { flow } = instruction.form.row;
    const target = targetOf(instruction);
    if (flow === 'branch' && target !== undefined) ending = { kind: 'branch', target, next };
    else if (flow === 'jump' && target !== undefined) ending = { kind: 'goto', target };
    else if (flow !== undefined) ending = { kind: 'leave' };
    else if (starts.has(next)) ending = { kind: 'goto', target: next };
    else {
      at = next;
      continue;
    }
    break;
  }
  return {
    pc: start,
    instructions,
    ending,
    successors: [],
    predecessors: [],
    order: -1,
    dominator: undefined as never,
    isLoopHeader: false,
    isMerge: false,
  };
}

/** Reverse postorder of what can be reached; sets `order` and the predecessors. */
function orderBlocks(entry: RegionBlock): RegionBlock[] {
  const postorder: RegionBlock[] = [];
  const seen = new Set<RegionBlock>([entry]);
  const stack: { block: RegionBlock; next: number }[] = [{ block: entry, next: 0 }];
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const successor = top.block.successors[top.next++];
    if (successor === undefined) {
      postorder.push(top.block);
      stack.pop();
    } else if (!seen.has(successor)) {
      seen.add(successor);
      stack.push({ block: successor, next: 0 });
    }
  }
  const ordered = postorder.reverse();
  for (const [i, block] of ordered.entries()) block.order = i;
  for (const block of ordered) for (const successor of block.successors) successor.predecessors.push(block);
  return ordered;
}

/** Dominators (Cooper, Harvey, Kennedy: A simple, fast dominance algorithm), loop headers and merge points. */
function findDominators(ordered: readonly RegionBlock[]): void {
  const entry = ordered[0]!;
  entry.dominator = entry;
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const block of ordered.slice(1)) {
      let dominator: RegionBlock | undefined;
      for (const predecessor of block.predecessors) {
        if ((predecessor.dominator as RegionBlock | undefined) === undefined) continue;
        dominator = dominator === undefined ? predecessor : common(dominator, predecessor);
      }
      if (dominator !== block.dominator) {
        block.dominator = dominator!;
        hasChanged = true;
      }
    }
  }
  for (const block of ordered) {
    let forward = 0;
    for (const predecessor of block.predecessors) {
      if (predecessor.order < block.order) forward++;
      else if (dominates(block, predecessor)) block.isLoopHeader = true;
    }
    block.isMerge = forward > 1;
  }
}

function common(a: RegionBlock, b: RegionBlock): RegionBlock {
  while (a !== b) {
    while (a.order > b.order) a = a.dominator;
    while (b.order > a.order) b = b.dominator;
  }
  return a;
}

export function dominates(a: RegionBlock, b: RegionBlock): boolean {
  while (b.order > a.order) b = b.dominator;
  return a === b;
}
