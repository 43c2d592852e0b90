/**
 * The translator's emitter: instructions as a piece of a region. Registers and the flag record are locals, constants are
 * constants. An access that the page maps do not allow branches to `miss` before its instruction has done anything.
 */
import type { Access, Condition, Place } from './emitter.ts';
import type { Instruction } from './decoder.ts';
import type { FlagFunctions, FlagName, FlagRecord } from './flags.ts';
import type { FormOperand } from './form-emitter.ts';
import type { Form } from './form.ts';
import type { Ending } from './region.ts';
import type { Operand, Width } from './table/row.ts';
import type { Label } from './wasm/code.ts';
import type { Local, Node } from './wasm/node.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { FLAGS_EXPLICIT, FLAGS_SUB, FLAG_NAMES, FLAG_SHIFT, afterComparison, flagAfter } from './flags.ts';
import { FormEmitter } from './form-emitter.ts';
import { RegionRegisters } from './region-registers.ts';
import { Code } from './wasm/code.ts';
import { i32, i64, i64FromWords, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

const I32_LOAD = wasmOp('i32.load');
const I32_STORE = wasmOp('i32.store');
const I64_LOAD = wasmOp('i64.load');
const I64_STORE = wasmOp('i64.store');

export const REGION = { parameters: ['i32', 'i32'], result: 'i32' } as const;

interface RegionOperand extends FormOperand {
  readonly value: number;
}

/** A branch or direct jump inside of the region: written after its instruction, outside of the blocks of that. */
export interface PendingJump {
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

export class RegionEmitter extends FormEmitter {
  readonly code = new Code(REGION.parameters);
  readonly ctx: Local;
  /** Where to go with RIP and the answer set. */
  exit: Label = undefined as never;
  /** The kind of the flag record where it is known at this point of the code. */
  flagKind: number | undefined;
  /** What the last instruction of a block asks for; its taker clears it. */
  pending: PendingJump | undefined;
  protected readonly flagFunctions: FlagFunctions;
  /** By form: whether its instructions may leave for the interpreter; undefined before the first. */
  readonly #mayMiss: (boolean | undefined)[];
  readonly #map: Local;
  readonly #rip: Local;
  readonly #answer: Local;
  readonly #flags: FlagLocals;
  readonly #registers: RegionRegisters;
  #hasWrittenFlags = false;

  #instruction: Instruction = undefined as never;
  #ending: Ending = undefined as never;
  /** Where to go for the interpreter to do the instruction; RIP is set there. */
  #miss: Label | undefined;
  #isMissUsed = false;

  constructor(flagFunctions: FlagFunctions, mayMiss: (boolean | undefined)[]) {
    super();
    this.flagFunctions = flagFunctions;
    this.#mayMiss = mayMiss;
    const { code } = this;
    this.ctx = code.parameter(0);
    this.#registers = new RegionRegisters(this, this.ctx);
    this.#map = code.local('i32');
    this.#rip = code.local('i64');
    this.#answer = code.local('i32');
    this.#flags = {
      kind: code.local('i32'),
      a: code.local('i64'),
      b: code.local('i64'),
      result: code.local('i64'),
    };
  }

  // ---- the region around the instructions

  /** Writes what comes before everything else: registers and flags are loaded. */
  loadAll(): void {
    const { code } = this;
    code.set(this.#map, load(I32_LOAD, this.ctx, context.CPU_MAP));
    this.#registers.loadAll();
    const { kind, a, b, result } = this.#flags;
    code.set(kind, load(I32_LOAD, this.ctx, context.CPU_FLAGS_KIND));
    code.set(a, load(I64_LOAD, this.ctx, context.CPU_FLAGS_A));
    code.set(b, load(I64_LOAD, this.ctx, context.CPU_FLAGS_B));
    code.set(result, load(I64_LOAD, this.ctx, context.CPU_FLAGS_RESULT));
  }
  /** Writes the end: the context record is brought up to date. */
  writeBack(): void {
    const { code } = this;
    code.store(I64_STORE, this.ctx, context.CPU_RIP, this.#rip);
    this.#registers.writeBack();
    if (this.#hasWrittenFlags) {
      const { kind, a, b, result } = this.#flags;
      code.store(I32_STORE, this.ctx, context.CPU_FLAGS_KIND, kind);
      code.store(I64_STORE, this.ctx, context.CPU_FLAGS_A, a);
      code.store(I64_STORE, this.ctx, context.CPU_FLAGS_B, b);
      code.store(I64_STORE, this.ctx, context.CPU_FLAGS_RESULT, result);
    }
    code.return(this.#answer);
  }
  leave(rip: Node, answer: number): void {
    this.code.set(this.#rip, rip);
    this.code.set(this.#answer, i32(answer));
    this.code.branch(this.exit);
  }

  // ---- the instruction

  /** Writes an instruction of a block that ends so. False: control does not simply go on behind it. */
  writeInstruction(instruction: Instruction, ending: Ending): boolean {
    this.#instruction = instruction;
    this.#ending = ending;
    this.hasEnded = false;
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
          if (!this.hasEnded || this.pending !== undefined) code.branch(done);
        });
        this.#miss = undefined;
        if (this.#isMissUsed) this.leave(this.pc, access.EXIT_INTERPRET);
        else code.unreachable();
      });
      this.#mayMiss[form.id] = this.#isMissUsed;
    }
    code.releaseTemporaries();
    return !this.hasEnded;
  }

  protected get form(): Form {
    return this.#instruction.form;
  }
  get repeat(): Form['repeat'] {
    return 'none';
  }
  get pc(): Node {
    return i64(this.#instruction.pc);
  }
  get next(): Node {
    return i64(this.#instruction.next);
  }

  // ---- operands

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
    if (base !== context.CPU_ZERO) address = this.#registers.whole(base);
    if (index !== context.CPU_ZERO) {
      const register = this.#registers.whole(index);
      const scaled = scale === 0 ? register : this.shl(register, i64(scale));
      address = address === undefined ? scaled : this.add(address, scaled);
    }
    const constant = i64FromWords(displacement, displacementHigh);
    if (address === undefined) address = constant;
    else if (displacement !== 0 || displacementHigh !== 0) address = this.add(address, constant);
    return isAddress32 ? this.and(address, i64(0xffff_ffff)) : address;
  }
  protected inOperandSegment(address: Node): Node {
    const { segment } = this.#instruction;
    return segment === context.CPU_ZERO ? address : this.add(address, load(I64_LOAD, this.ctx, segment));
  }
  protected memoryPlace(linear: Node, width: Width, accessKind: Access): Place {
    const { code } = this;
    const bytes = width >> 3;
    const at = code.temporary('i32');
    const isWrite = accessKind !== 'read';
    const low = this.let(this.narrow(linear));
    const entry = this.mapEntry(this.#map, low);
    this.#missIf(this.isUnmapped(entry, linear, isWrite));
    if (bytes > 1) this.#missIf(this.op('i32.gt_u', this.and(low, i32(4095)), i32(4096 - bytes)));
    if (this.needsAlignment(width, accessKind)) this.#missIf(this.and(low, i32(bytes - 1)));
    code.set(at, this.mapped(entry, low, isWrite));
    return this.mappedPlace(at, width, () => {});
  }
  #missIf(condition: Node): void {
    if (this.#miss === undefined) throw new Error(`${this.form.row.name}: an access was not expected`);
    this.#isMissUsed = true;
    this.code.branchIf(this.#miss, condition);
  }
  protected toHelperIf(condition: Node): void {
    this.#missIf(condition);
  }

  // ---- registers

  gpr(number: number, width: 8 | 16 | 32 | 64): Node {
    return this.#registers.read('general', width, context.CPU_GPR + number * 8);
  }
  setGpr(number: number, width: 8 | 16 | 32 | 64, value: Node): void {
    this.#registers.write('general', width, context.CPU_GPR + number * 8, value);
  }
  xmm(number: number): Node {
    return this.let(this.#registers.whole(context.CPU_XMM + number * 16));
  }
  protected registerPlace(operand: FormOperand): Pick<Place, 'load' | 'store'> {
    const { form, value } = operand as RegionOperand;
    const width = form.width as Width;
    return {
      load: () => this.#registers.read(form.kind, width, value),
      store: node => this.#registers.write(form.kind, width, value, node),
    };
  }
  writeZeroing(operand: Operand, value: Node): void {
    const { form, value: offset } = operand as RegionOperand;
    if (form.kind !== 'xmm') throw new Error('writeZeroing is for xmm registers');
    this.#registers.write('xmm', 128, offset, this.#zeroExtended(value));
  }
  /** A value in the low part of a vector. */
  #zeroExtended(value: Node): Node {
    const zero = this.v128(0n, 0n);
    switch (value.type) {
      case 'v128':
        return value;
      case 'i32':
        return this.lane('i32x4.replace_lane', 0, zero, value);
      case 'i64':
        return this.lane('i64x2.replace_lane', 0, zero, value);
      case 'f32':
        return this.lane('f32x4.replace_lane', 0, zero, value);
      case 'f64':
        return this.lane('f64x2.replace_lane', 0, zero, value);
    }
  }

  // ---- flags

  protected flagRecord(): FlagRecord {
    return this.#flags;
  }
  protected setRecord(kind: number, a: Node | undefined, b: Node | undefined, result: Node): void {
    const { code } = this;
    const flags = this.#flags;
    if (a !== undefined) code.set(flags.a, a);
    if (b !== undefined) code.set(flags.b, b);
    code.set(flags.result, result);
    code.set(flags.kind, i32(kind));
    this.#hasWrittenFlags = true;
    this.flagKind = this.depth > 0 ? undefined : kind;
  }
  protected override allFlags(mask: number): Node {
    const kind = this.flagKind;
    if (kind === undefined) return super.allFlags(mask);
    if (kind === FLAGS_EXPLICIT) return this.narrow(this.#flags.result);
    let word: Node = i32(0);
    for (const name of FLAG_NAMES) {
      const shift = FLAG_SHIFT[name];
      if ((mask & (1 << shift)) !== 0)
        word = this.or(word, this.shl(flagAfter(name, kind, this.#flags), i32(shift)));
    }
    return word;
  }
  override flag(name: FlagName): Node {
    const kind = this.flagKind;
    return kind === undefined ? super.flag(name) : this.let(flagAfter(name, kind, this.#flags));
  }
  condition(code: Condition): Node {
    const isNegated = (code & 1) !== 0;
    const direct = this.flagKind === FLAGS_SUB ? afterComparison(code >> 1, this.#flags) : undefined;
    const value = this.let(direct ?? this.conditionOfFlags(code >> 1));
    return isNegated ? this.eqz(value) : value;
  }
  override flagsIf(condition: Node, set: () => void): void {
    super.flagsIf(condition, set);
    this.flagKind = undefined;
  }

  // ---- control

  jump(target: Node): void {
    const ending = this.#ending;
    this.end();
    if (target.kind === 'constant' && ending.kind === 'goto' && this.depth === 0) {
      this.pending = { condition: undefined, target: ending.target, next: 0 };
      return;
    }
    this.leave(target, access.EXIT_DISPATCH);
  }
  branch(condition: Node, target: Operand): void {
    const ending = this.#ending;
    if (ending.kind !== 'branch') {
      this.jump(this.select(condition, this.read(target, 64), this.next));
      return;
    }
    this.hasEnded = true;
    // The condition outlives the temporaries of the instruction.
    const pinned = this.code.local('i32');
    this.code.set(pinned, condition);
    this.pending = { condition: pinned, target: ending.target, next: ending.next };
  }
}
