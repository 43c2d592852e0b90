/**
 * The translator: regions of x86-64 code as WebAssembly functions. What an instruction does comes from the same table
 * as the interpreter's functions (region-emitter.ts); branches inside of the region are structured control flow (Ramsey:
 * Beyond Relooper, 2022).
 *
 *   region(context, record) → EXIT_* or TRAP_*         the record is not used
 *
 * On every way out the context record is complete. An access that the page maps do not allow leaves with
 * EXIT_INTERPRET before its instruction has done anything: the interpreter then does that one.
 */
import type { Region, RegionBlock } from './region.ts';
import type { PendingJump } from './region-emitter.ts';
import type { Code, Label } from './wasm/code.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { FlagFunctions } from './flags.ts';
import { dominates } from './region.ts';
import { REGION, RegionEmitter } from './region-emitter.ts';
import { Module } from './wasm/module.ts';
import { i32, i64, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

export class Translator {
  /** By form: whether its instructions may leave for the interpreter; undefined before the first. */
  readonly #mayMiss: (boolean | undefined)[] = [];

  /** One module with a function for each region, exported as r0, r1, … */
  translate(regions: readonly Region[]): Uint8Array<ArrayBuffer> {
    const module = new Module();
    const flags = new FlagFunctions(module);
    for (const [i, region] of regions.entries()) {
      const code = new RegionWriter(region, new RegionEmitter(flags, this.#mayMiss)).build();
      module.export(`r${i}`, module.function(REGION, code));
    }
    return module.toBytes();
  }
}

/** The control flow of a region, and its instructions within. */
class RegionWriter {
  readonly #region: Region;
  readonly #emitter: RegionEmitter;
  readonly #code: Code;
  /** Labels of loop headers and of the ends of merge blocks. */
  readonly #loops = new Map<RegionBlock, Label>();
  readonly #merges = new Map<RegionBlock, Label>();
  /** The blocks that a block dominates immediately and that are merge points. */
  readonly #children = new Map<RegionBlock, RegionBlock[]>();
  readonly #byPc = new Map<number, RegionBlock>();

  constructor(region: Region, emitter: RegionEmitter) {
    this.#region = region;
    this.#emitter = emitter;
    this.#code = emitter.code;
    for (const block of region.blocks) {
      this.#byPc.set(block.pc, block);
      if (block.isMerge && block !== region.entry) {
        const siblings = this.#children.get(block.dominator);
        if (siblings) siblings.push(block);
        else this.#children.set(block.dominator, [block]);
      }
    }
  }

  build(): Code {
    const code = this.#code;
    code.block(exit => {
      this.#emitter.exit = exit;
      this.#tree(this.#region.entry);
      code.unreachable();
    });
    this.#emitter.writeBack();
    code.prologue(() => this.#emitter.loadAll());
    return code;
  }

  /** A block and everything that it dominates. */
  #tree(block: RegionBlock): void {
    const merges = (this.#children.get(block) ?? []).toSorted((x, y) => y.order - x.order);
    if (block.isLoopHeader) {
      this.#code.loop(label => {
        this.#loops.set(block, label);
        this.#within(block, merges, 0);
      });
    } else this.#within(block, merges, 0);
  }
  /** The block's own code inside of WebAssembly blocks at whose ends its merge points follow. */
  #within(block: RegionBlock, merges: readonly RegionBlock[], from: number): void {
    const merge = merges[from];
    if (merge === undefined) {
      this.#writeBlock(block);
      return;
    }
    this.#code.block(label => {
      this.#merges.set(merge, label);
      this.#within(block, merges, from + 1);
    });
    this.#tree(merge);
  }
  /** From one block on to an address. */
  #goto(from: RegionBlock, pc: number): void {
    const to = this.#byPc.get(pc);
    if (to === undefined) return this.#leave(pc, access.EXIT_DISPATCH);
    if (to.order <= from.order) {
      if (!dominates(to, from)) return this.#leave(pc, access.EXIT_DISPATCH);
      this.#code.branch(this.#loops.get(to)!);
    } else if (to.isMerge) this.#code.branch(this.#merges.get(to)!);
    else {
      const kind = this.#emitter.flagKind;
      this.#tree(to);
      this.#emitter.flagKind = kind;
    }
  }
  #leave(pc: number, answer: number): void {
    this.#emitter.leave(i64(pc), answer);
  }

  #writeBlock(block: RegionBlock): void {
    const emitter = this.#emitter;
    const { ending } = block;
    // What came before a merge point or a loop header is not one thing.
    if (block.isMerge || block.isLoopHeader || block === this.#region.entry) emitter.flagKind = undefined;
    if (block.isLoopHeader) this.#countTurn(block);
    let goesOn = true;
    for (const instruction of block.instructions) goesOn = emitter.writeInstruction(instruction, ending);
    if (ending.kind === 'interpret') this.#leave(ending.pc, access.EXIT_INTERPRET);
    else if (emitter.pending !== undefined) this.#writePending(block, emitter.pending);
    else if (ending.kind === 'goto' && goesOn) this.#goto(block, ending.target);
  }
  /** The fuel: a loop ends some time. */
  #countTurn(block: RegionBlock): void {
    const code = this.#code;
    const { ctx } = this.#emitter;
    const fuel = code.temporary('i32');
    code.set(fuel, this.#emitter.sub(load(wasmOp('i32.load'), ctx, context.CPU_FUEL), i32(1)));
    code.store(wasmOp('i32.store'), ctx, context.CPU_FUEL, fuel);
    code.if(this.#emitter.ltS(fuel, i32(0)), () => this.#leave(block.pc, context.TRAP_INTERRUPT));
    code.releaseTemporaries();
  }
  #writePending(block: RegionBlock, { condition, target, next }: PendingJump): void {
    const emitter = this.#emitter;
    emitter.pending = undefined;
    if (condition === undefined) {
      this.#goto(block, target);
      return;
    }
    const kind = emitter.flagKind;
    this.#code.if(
      condition,
      () => {
        this.#goto(block, target);
        emitter.flagKind = kind;
      },
      () => this.#goto(block, next),
    );
  }
}
