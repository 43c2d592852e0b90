/**
 * The translator: regions of x86-64 code as WebAssembly functions. What an instruction does comes from the same table
 * as the interpreter's functions; here registers are locals, constants are constants, and branches inside of the region
 * are structured control flow (Ramsey: Beyond Relooper, 2022).
 *
 *   region(context, record) → EXIT_* or TRAP_*         the record is not used
 *
 * On every way out the context record is complete. An access that the page maps do not allow leaves with
 * EXIT_INTERPRET before its instruction has done anything: the interpreter then does that one.
 */
import type { Condition, FlagBits, FlagOperation, Place, Segment } from './emitter.ts';
import type { Form, OperandForm } from './form.ts';
import type { FlagName } from './flags.ts';
import type { Region, RegionBlock } from './region.ts';
import type { Instruction } from './decoder.ts';
import type { Operand, Width } from './table/row.ts';
import type { Label } from './wasm/code.ts';
import type { Local, Node } from './wasm/node.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { Emitter } from './emitter.ts';
import { FLAGS_EXPLICIT, FLAGS_SUB, FLAG_KINDS, FLAG_SHIFT, FlagFunctions, flagAfter } from './flags.ts';
import { dominates } from './region.ts';
import { Code } from './wasm/code.ts';
import { Module } from './wasm/module.ts';
import { i32, i64, i64FromWords, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

const I32_LOAD = wasmOp('i32.load');
const I32_LOAD16_U = wasmOp('i32.load16_u');
const I32_STORE = wasmOp('i32.store');
const I32_STORE16 = wasmOp('i32.store16');
const I64_LOAD = wasmOp('i64.load');
const I64_STORE = wasmOp('i64.store');

const REGION = { parameters: ['i32', 'i32'], result: 'i32' } as const;

export class Translator {
  /** By form: whether its instructions may leave for the interpreter; undefined before the first. */
  readonly #mayMiss: (boolean | undefined)[] = [];

  /** One module with a function for each region, exported as r0, r1, … */
  translate(regions: readonly Region[]): Uint8Array<ArrayBuffer> {
    const module = new Module();
    const flags = new FlagFunctions(module);
    for (const [i, region] of regions.entries()) {
      const code = new RegionEmitter(region, flags, this.#mayMiss).build();
      module.export(`r${i}`, module.function(REGION, code));
    }
    return module.toBytes();
  }
}

interface RegionOperand extends Operand {
  readonly form: OperandForm;
  readonly value: number;
}

interface PendingJump {
  /** undefined: always. */
  readonly condition: Node | undefined;
  readonly target: number;
  readonly next: number;
}

/** The flag record in locals. */
interface FlagLocals {
  readonly kind: Local;
  readonly a: Local;
  readonly b: Local;
  readonly result: Local;
}

class RegionEmitter extends Emitter {
  readonly code = new Code(REGION.parameters);
  readonly #region: Region;
  readonly #flagFunctions: FlagFunctions;
  readonly #ctx: Local;
  readonly #map: Local;
  readonly #rip: Local;
  readonly #answer: Local;
  readonly #flags: FlagLocals;
  /** Registers as locals, from their first use on; by byte offset in the context record. */
  readonly #registers = new Map<number, Local>();
  readonly #written = new Set<number>();
  /** The kind of the flag record where it is known at this point of the code. */
  #flagKind: number | undefined;
  #hasWrittenFlags = false;
  #isConditional = 0;

  #instruction: Instruction = undefined as never;
  #block: RegionBlock = undefined as never;
  /** Where to go for the interpreter to do the instruction; RIP is set there. */
  #miss: Label | undefined;
  #isMissUsed = false;
  #exit: Label = undefined as never;
  /** Labels of loop headers and of the ends of merge blocks. */
  readonly #loops = new Map<RegionBlock, Label>();
  readonly #merges = new Map<RegionBlock, Label>();
  /** The blocks that a block dominates immediately and that are merge points. */
  readonly #children = new Map<RegionBlock, RegionBlock[]>();
  readonly #byPc = new Map<number, RegionBlock>();
  #hasEnded = false;

  readonly #mayMiss: (boolean | undefined)[];

  constructor(region: Region, flagFunctions: FlagFunctions, mayMiss: (boolean | undefined)[]) {
    super();
    this.#region = region;
    this.#mayMiss = mayMiss;
    this.#flagFunctions = flagFunctions;
    const { code } = this;
    this.#ctx = code.parameter(0);
    this.#map = code.local('i32');
    this.#rip = code.local('i64');
    this.#answer = code.local('i32');
    this.#flags = {
      kind: code.local('i32'),
      a: code.local('i64'),
      b: code.local('i64'),
      result: code.local('i64'),
    };
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
    const { code } = this;
    code.block(exit => {
      this.#exit = exit;
      this.#tree(this.#region.entry);
      code.unreachable();
    });
    this.#writeBack();
    code.return(this.#answer);
    code.prologue(() => this.#loadAll());
    return code;
  }

  #loadAll(): void {
    const { code } = this;
    code.set(this.#map, load(I32_LOAD, this.#ctx, context.CPU_MAP));
    for (const [offset, local] of this.#registers)
      code.set(local, load(wasmOp(`${local.type}.load`), this.#ctx, offset));
    const { kind, a, b, result } = this.#flags;
    code.set(kind, load(I32_LOAD, this.#ctx, context.CPU_FLAGS_KIND));
    code.set(a, load(I64_LOAD, this.#ctx, context.CPU_FLAGS_A));
    code.set(b, load(I64_LOAD, this.#ctx, context.CPU_FLAGS_B));
    code.set(result, load(I64_LOAD, this.#ctx, context.CPU_FLAGS_RESULT));
  }
  #writeBack(): void {
    const { code } = this;
    code.store(I64_STORE, this.#ctx, context.CPU_RIP, this.#rip);
    for (const offset of this.#written) {
      const local = this.#registers.get(offset)!;
      code.store(wasmOp(`${local.type}.store`), this.#ctx, offset, local);
    }
    if (!this.#hasWrittenFlags) return;
    const { kind, a, b, result } = this.#flags;
    code.store(I32_STORE, this.#ctx, context.CPU_FLAGS_KIND, kind);
    code.store(I64_STORE, this.#ctx, context.CPU_FLAGS_A, a);
    code.store(I64_STORE, this.#ctx, context.CPU_FLAGS_B, b);
    code.store(I64_STORE, this.#ctx, context.CPU_FLAGS_RESULT, result);
  }

  // ---- control flow

  /** A block and everything that it dominates. */
  #tree(block: RegionBlock): void {
    const merges = (this.#children.get(block) ?? []).toSorted((x, y) => y.order - x.order);
    if (block.isLoopHeader) {
      this.code.loop(label => {
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
    this.code.block(label => {
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
      this.code.branch(this.#loops.get(to)!);
    } else if (to.isMerge) this.code.branch(this.#merges.get(to)!);
    else {
      const kind = this.#flagKind;
      this.#tree(to);
      this.#flagKind = kind;
    }
  }
  #leave(pc: number, answer: number): void {
    this.code.set(this.#rip, i64(pc));
    this.code.set(this.#answer, i32(answer));
    this.code.branch(this.#exit);
  }

  #writeBlock(block: RegionBlock): void {
    // What came before a merge point or a loop header is not one thing.
    if (block.isMerge || block.isLoopHeader || block === this.#region.entry) this.#flagKind = undefined;
    if (block.isLoopHeader) this.#countTurn(block);
    this.#block = block;
    for (const instruction of block.instructions) this.#writeInstruction(instruction);
    const { ending } = block;
    const hasEnded = this.#hasEnded;
    if (ending.kind === 'interpret') this.#leave(ending.pc, access.EXIT_INTERPRET);
    else if (this.#pending !== undefined) this.#writePending(block, this.#pending);
    else if (ending.kind === 'goto' && !hasEnded) this.#goto(block, ending.target);
  }
  /** The fuel: a loop ends some time. */
  #countTurn(block: RegionBlock): void {
    const { code } = this;
    const fuel = code.temporary('i32');
    code.set(fuel, this.sub(load(I32_LOAD, this.#ctx, context.CPU_FUEL), i32(1)));
    code.store(I32_STORE, this.#ctx, context.CPU_FUEL, fuel);
    code.if(this.ltS(fuel, i32(0)), () => this.#leave(block.pc, context.TRAP_INTERRUPT));
    code.releaseTemporaries();
  }

  #writeInstruction(instruction: Instruction): void {
    this.#instruction = instruction;
    this.#hasEnded = false;
    this.#isMissUsed = false;
    const { form, values } = instruction;
    const operands = form.operands.map((operand, i): RegionOperand => ({
      kind: operand.kind,
      width: operand.width,
      form: operand,
      value: values[i]!,
    }));
    const { code } = this;
    // Most forms never leave for the interpreter, or always may: the first of its kind tells.
    if (this.#mayMiss[form.id] === false) {
      form.row.does!(this, ...operands);
    } else {
      code.block(done => {
        code.block(miss => {
          this.#miss = miss;
          form.row.does!(this, ...operands);
          if (!this.#hasEnded || this.#pending !== undefined) code.branch(done);
        });
        this.#miss = undefined;
        if (this.#isMissUsed) this.#leave(instruction.pc, access.EXIT_INTERPRET);
        else code.unreachable();
      });
      this.#mayMiss[form.id] = this.#isMissUsed;
    }
    code.releaseTemporaries();
  }
  /** A branch or direct jump inside of the region: written after its instruction, outside of the blocks of that. */
  #pending: PendingJump | undefined;
  #writePending(block: RegionBlock, { condition, target, next }: PendingJump): void {
    this.#pending = undefined;
    if (condition === undefined) {
      this.#goto(block, target);
      return;
    }
    const kind = this.#flagKind;
    this.code.if(
      condition,
      () => {
        this.#goto(block, target);
        this.#flagKind = kind;
      },
      () => this.#goto(block, next),
    );
  }

  // ---- the instruction

  get isLocked(): boolean {
    return this.#form.isLocked;
  }
  get repeat(): Form['repeat'] {
    return 'none';
  }
  get operandSize(): 16 | 32 | 64 {
    return this.#form.operandSize;
  }
  get addressSize(): 32 | 64 {
    return this.#form.addressSize;
  }
  get #form(): Form {
    return this.#instruction.form;
  }
  get pc(): Node {
    return i64(this.#instruction.pc);
  }
  get next(): Node {
    return i64(this.#instruction.next);
  }
  override if(condition: Node, then: () => void, otherwise?: () => void): void {
    this.#isConditional++;
    super.if(condition, then, otherwise);
    this.#isConditional--;
  }

  // ---- operands

  place(operand: Operand, accessKind: 'read' | 'write' | 'modify'): Place {
    const { form, value } = operand as RegionOperand;
    if (form.kind === 'memory') {
      const address = this.let(this.#linearAddress(operand));
      if (form.isAligned) this.trapIf(this.ne(this.and(address, i64(15)), i64(0)), context.TRAP_PROTECTION);
      return this.#memoryPlace(address, form.width as Width, accessKind);
    }
    if (form.kind === 'immediate' || form.kind === 'segment') throw new Error('no place for an operand');
    const width = form.width as Width;
    return {
      width,
      load: () => this.#readRegister(form.kind, width, value),
      store: node => this.#writeRegister(form.kind, width, value, node),
      atomic: noAtomic,
      compareExchange: noAtomic,
    };
  }
  read(operand: Operand, width = operand.width as Width): Node {
    const { form, value } = operand as RegionOperand;
    if (form.kind === 'immediate') {
      if (width !== 64) return i32(width === 8 ? value & 0xff : width === 16 ? value & 0xffff : value);
      if (form.source === 'fixed') return i64(value);
      return i64FromWords(value, this.#instruction.immediateHigh);
    }
    if (form.kind === 'segment') return i32(value);
    return this.place(operand, 'read').load();
  }
  address(operand: Operand): Node {
    const { source } = (operand as RegionOperand).form;
    if (source === 'si' || source === 'di') return this.gpr(source === 'si' ? context.RSI : context.RDI, 64);
    const { base, index, scale, displacement, displacementHigh, isAddress32 } = this.#instruction;
    let address: Node | undefined;
    if (base !== context.CPU_ZERO) address = this.#register(base);
    if (index !== context.CPU_ZERO) {
      const register = this.#register(index);
      const scaled = scale === 0 ? register : this.shl(register, i64(scale));
      address = address === undefined ? scaled : this.add(address, scaled);
    }
    const constant = i64FromWords(displacement, displacementHigh);
    if (address === undefined) address = constant;
    else if (displacement !== 0 || displacementHigh !== 0) address = this.add(address, constant);
    return isAddress32 ? this.and(address, i64(0xffff_ffff)) : address;
  }
  #linearAddress(operand: Operand): Node {
    const { source } = (operand as RegionOperand).form;
    const address = this.address(operand);
    return source === 'di' ? address : this.#withSegment(address);
  }
  #withSegment(address: Node): Node {
    const { segment } = this.#instruction;
    return segment === context.CPU_ZERO ? address : this.add(address, load(I64_LOAD, this.#ctx, segment));
  }
  memory(
    address: Node,
    width: Width,
    accessKind: 'read' | 'write' | 'modify',
    segment: Segment = 'none',
  ): Place {
    let linear = address;
    if (segment === 'fs') linear = this.add(address, this.field('i64', context.CPU_FS_BASE));
    else if (segment === 'gs') linear = this.add(address, this.field('i64', context.CPU_GS_BASE));
    else if (segment === 'operand') linear = this.#withSegment(address);
    return this.#memoryPlace(this.let(linear), width, accessKind);
  }
  gpr(number: number, width: 8 | 16 | 32 | 64): Node {
    return this.#readRegister('general', width, context.CPU_GPR + number * 8);
  }
  setGpr(number: number, width: 8 | 16 | 32 | 64, value: Node): void {
    this.#writeRegister('general', width, context.CPU_GPR + number * 8, value);
  }
  xmm(number: number): Node {
    return this.let(this.#register(context.CPU_XMM + number * 16));
  }
  setXmm(number: number, value: Node): void {
    this.#setRegister(context.CPU_XMM + number * 16, value);
  }
  field(type: 'i32' | 'i64', offset: number): Node {
    return this.let(load(wasmOp(`${type}.load`), this.#ctx, offset));
  }
  setField(offset: number, value: Node): void {
    this.code.store(wasmOp(`${value.type}.store`), this.#ctx, offset, value);
  }
  enterMmx(): void {
    const status = load(I32_LOAD16_U, this.#ctx, context.CPU_FSW);
    this.code.store(I32_STORE16, this.#ctx, context.CPU_FSW, this.and(status, i32(0xffff & ~0x3800)));
    this.code.store(I32_STORE16, this.#ctx, context.CPU_FTW, i32(0xff));
  }
  writeZeroing(operand: Operand, value: Node): void {
    const { form, value: offset } = operand as RegionOperand;
    if (form.kind !== 'xmm') throw new Error('writeZeroing is for xmm registers');
    const zero = this.v128(0n, 0n);
    switch (value.type) {
      case 'v128':
        return this.#setRegister(offset, value);
      case 'i32':
        return this.#setRegister(offset, this.lane('i32x4.replace_lane', 0, zero, value));
      case 'i64':
        return this.#setRegister(offset, this.lane('i64x2.replace_lane', 0, zero, value));
      case 'f32':
        return this.#setRegister(offset, this.lane('f32x4.replace_lane', 0, zero, value));
      case 'f64':
        return this.#setRegister(offset, this.lane('f64x2.replace_lane', 0, zero, value));
    }
  }

  /** The whole register at an offset of the context record. */
  #register(offset: number): Local {
    let local = this.#registers.get(offset);
    if (local === undefined) {
      local = this.code.local(offset >= context.CPU_XMM ? 'v128' : 'i64');
      this.#registers.set(offset, local);
    }
    return local;
  }
  #setRegister(offset: number, value: Node): void {
    this.code.set(this.#register(offset), value);
    this.#written.add(offset);
  }
  #readRegister(kind: string, width: Width, offset: number): Node {
    if (kind === 'mmx') return this.let(load(access.loadOp(width), this.#ctx, offset));
    if (kind === 'xmm') {
      const whole = this.#register(offset);
      switch (width) {
        case 128:
          return this.let(whole);
        case 64:
          return this.let(this.lane('i64x2.extract_lane', 0, whole));
        case 32:
          return this.let(this.lane('i32x4.extract_lane', 0, whole));
        case 16:
          return this.let(this.lane('i16x8.extract_lane_u', 0, whole));
        case 8:
          return this.let(this.lane('i8x16.extract_lane_u', 0, whole));
      }
    }
    const isHigh = (offset & 7) !== 0;
    const whole = this.#register(offset & ~7);
    if (width === 64) return this.let(whole);
    const low = this.narrow(isHigh ? this.shrU(whole, i64(8)) : whole);
    return this.let(this.cut(low, width));
  }
  #writeRegister(kind: string, width: Width, offset: number, value: Node): void {
    if (kind === 'mmx') {
      this.code.store(access.storeOp(value.type, width), this.#ctx, offset, value);
      this.code.store(I32_STORE16, this.#ctx, offset + 8, i32(0xffff));
      return;
    }
    if (kind === 'xmm') {
      this.#setRegister(offset, this.#mergeVector(this.#register(offset), width, value));
      return;
    }
    const isHigh = (offset & 7) !== 0;
    const at = offset & ~7;
    if (width === 64) return this.#setRegister(at, value);
    if (width === 32) return this.#setRegister(at, this.zeroExtend(value, 32));
    const mask = width === 8 ? (isHigh ? 0xff00 : 0xff) : 0xffff;
    const bits = this.zeroExtend(value, width as 8 | 16);
    const placed = isHigh ? this.shl(bits, i64(8)) : bits;
    this.#setRegister(at, this.or(this.and(this.#register(at), i64(~mask)), placed));
  }
  #mergeVector(whole: Node, width: Width, value: Node): Node {
    switch (value.type) {
      case 'v128':
        return value;
      case 'f32':
        return this.lane('f32x4.replace_lane', 0, whole, value);
      case 'f64':
        return this.lane('f64x2.replace_lane', 0, whole, value);
      default: {
        const shape = width === 64 ? 'i64x2' : width === 32 ? 'i32x4' : width === 16 ? 'i16x8' : 'i8x16';
        const scalar = width === 64 ? value : this.narrow(value);
        return this.lane(`${shape}.replace_lane`, 0, whole, scalar);
      }
    }
  }

  /** `linear` is pinned down. */
  #memoryPlace(linear: Node, width: Width, accessKind: 'read' | 'write' | 'modify'): Place {
    const { code } = this;
    const bytes = width >> 3;
    const isWrite = accessKind !== 'read';
    const at = code.temporary('i32');
    this.#missIf(this.op('i32.wrap_i64', this.shrU(linear, i64(32))));
    const low = this.let(this.narrow(linear));
    const page = this.shl(this.shrU(low, i32(12)), i32(2));
    const entry = this.let(load(I32_LOAD, this.add(this.#map, page), isWrite ? access.WRITE_MAP : 0));
    this.#missIf(this.eqz(entry));
    if (bytes > 1) this.#missIf(this.op('i32.gt_u', this.and(low, i32(4095)), i32(4096 - bytes)));
    if (accessKind === 'modify' && bytes > 1 && width <= 64 && this.#form.row.lock === true)
      this.#missIf(this.and(low, i32(bytes - 1)));
    code.set(at, this.add(low, entry));
    return {
      width,
      load: () => this.let(load(access.loadOp(width), at, access.MAP_BIAS)),
      store: value => code.store(access.storeOp(value.type, width), at, access.MAP_BIAS, value),
      atomic: (operation, value) =>
        code.atomic(access.atomicOp(operation, width), at, access.MAP_BIAS, value),
      compareExchange: (expected, replacement) =>
        code.atomic(access.atomicOp('cmpxchg', width), at, access.MAP_BIAS, expected, replacement),
    };
  }
  #missIf(condition: Node): void {
    if (this.#miss === undefined) throw new Error(`${this.#form.row.name}: an access was not expected`);
    this.#isMissUsed = true;
    this.code.branchIf(this.#miss, condition);
  }

  // ---- flags

  #setRecord(kind: Node, a: Node | undefined, b: Node | undefined, result: Node): void {
    const { code } = this;
    const flags = this.#flags;
    if (a !== undefined) code.set(flags.a, a);
    if (b !== undefined) code.set(flags.b, b);
    code.set(flags.result, result);
    code.set(flags.kind, kind);
    this.#hasWrittenFlags = true;
  }
  setFlags(operation: FlagOperation, width: 8 | 16 | 32 | 64, a: Node, b: Node, result: Node): void {
    const kind = FLAG_KINDS[operation];
    const signed = this.signExtend(result, width);
    if (operation === 'logic') this.#setRecord(i32(kind), undefined, undefined, signed);
    else if (operation === 'carry') {
      const wide = (node: Node): Node => (node.type === 'i32' ? this.op('i64.extend_i32_u', node) : node);
      this.#setRecord(i32(kind), wide(a), wide(b), signed);
    } else {
      const isCount = operation === 'inc' || operation === 'dec';
      const second = isCount ? this.op('i64.extend_i32_u', this.flag('cf')) : this.signExtend(b, width);
      this.#setRecord(i32(kind), this.signExtend(a, width), second, signed);
    }
    this.#flagKind = this.#isConditional > 0 ? undefined : kind;
  }
  updateFlags(flags: FlagBits): void {
    let word: Node = i32(0);
    for (const name of ['cf', 'pf', 'af', 'zf', 'sf', 'of'] as const) {
      const bit = flags[name] ?? this.flag(name);
      word = this.or(word, this.shl(bit, i32(FLAG_SHIFT[name])));
    }
    const pinned = this.let(this.op('i64.extend_i32_u', word));
    this.#setRecord(i32(FLAGS_EXPLICIT), undefined, undefined, pinned);
    this.#flagKind = this.#isConditional > 0 ? undefined : FLAGS_EXPLICIT;
  }
  flag(name: FlagName): Node {
    const kind = this.#flagKind;
    return this.let(
      kind === undefined ? this.#flagFunctions.read(name, this.#flags) : flagAfter(name, kind, this.#flags),
    );
  }
  condition(code: Condition): Node {
    const isNegated = (code & 1) !== 0;
    const value = this.let(this.#condition(code >> 1));
    return isNegated ? this.eqz(value) : value;
  }
  #condition(code: number): Node {
    const { a, b } = this.#flags;
    const isComparison = this.#flagKind === FLAGS_SUB;
    switch (code) {
      case 0:
        return this.flag('of');
      case 1:
        return this.flag('cf');
      case 2:
        return this.flag('zf');
      case 3:
        return isComparison ? this.op('i64.le_u', a, b) : this.or(this.flag('cf'), this.flag('zf'));
      case 4:
        return this.flag('sf');
      case 5:
        return this.flag('pf');
      case 6:
        return isComparison ? this.ltS(a, b) : this.xor(this.flag('sf'), this.flag('of'));
      default:
        return isComparison
          ? this.op('i64.le_s', a, b)
          : this.or(this.flag('zf'), this.xor(this.flag('sf'), this.flag('of')));
    }
  }
  flagsIf(condition: Node, set: () => void): void {
    this.if(condition, set);
    this.#flagKind = undefined;
  }

  // ---- control

  jump(target: Node): void {
    const { ending } = this.#block;
    if (this.#isConditional === 0) this.#hasEnded = true;
    if (target.kind === 'constant' && ending.kind === 'goto' && this.#isConditional === 0) {
      this.#pending = { condition: undefined, target: ending.target, next: 0 };
      return;
    }
    this.code.set(this.#rip, target);
    this.code.set(this.#answer, i32(access.EXIT_DISPATCH));
    this.code.branch(this.#exit);
  }
  branch(condition: Node, target: Operand): void {
    const { ending } = this.#block;
    if (ending.kind !== 'branch') {
      this.jump(this.select(condition, this.read(target, 64), this.next));
      return;
    }
    this.#hasEnded = true;
    // The condition outlives the temporaries of the instruction.
    const pinned = this.code.local('i32');
    this.code.set(pinned, condition);
    this.#pending = { condition: pinned, target: ending.target, next: ending.next };
  }
  trap(reason: number): void {
    this.code.set(this.#rip, this.pc);
    this.#answerWith(reason);
  }
  trapAfter(reason: number): void {
    this.code.set(this.#rip, this.next);
    this.#answerWith(reason);
  }
  trapIf(condition: Node, reason: number): void {
    this.code.if(condition, () => {
      this.code.set(this.#rip, this.pc);
      this.code.set(this.#answer, i32(reason));
      this.code.branch(this.#exit);
    });
  }
  #answerWith(reason: number): void {
    this.code.set(this.#answer, i32(reason));
    this.code.branch(this.#exit);
    if (this.#isConditional === 0) this.#hasEnded = true;
  }
  fallbackIf(condition: Node): void {
    if (!this.#form.row.helper) throw new Error(`${this.#form.row.name} has no helper to fall back to`);
    this.#missIf(condition);
  }
}

function noAtomic(): never {
  throw new Error('no atomic access to a register');
}
