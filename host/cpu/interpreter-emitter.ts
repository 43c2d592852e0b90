/** The interpreter's emitter: one form of an instruction as a function; registers stay in the context record. */
import type { Access, Condition, Place, Segment } from './emitter.ts';
import type { FlagFunctions, FlagRecord } from './flags.ts';
import type { FormOperand } from './form-emitter.ts';
import type { Form } from './form.ts';
import type { Library } from './interpreter-control.ts';
import type { Operand, Width } from './table/row.ts';
import type { Local, Node } from './wasm/node.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { FLAGS_SUB, afterComparison } from './flags.ts';
import { FormEmitter } from './form-emitter.ts';
import { HANDLER, writeJump, writeNext } from './interpreter-control.ts';
import { Code } from './wasm/code.ts';
import { call, i32, i64, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

const I32_LOAD = wasmOp('i32.load');
const I32_STORE = wasmOp('i32.store');
const I32_STORE16 = wasmOp('i32.store16');
const I64_LOAD = wasmOp('i64.load');
const I64_STORE = wasmOp('i64.store');

interface PositionedOperand extends FormOperand {
  readonly position: number;
}

export class InterpreterEmitter extends FormEmitter {
  readonly code = new Code(HANDLER.parameters);
  protected readonly form: Form;
  protected readonly ctx: Local;
  readonly #library: Library;
  readonly #isGeneral: boolean;
  readonly #record: Local;
  /** Not 0 once a store has changed code. Made by the first store to memory. */
  #resync: Local | undefined;

  /** `isGeneral`: for all memory operands, not only base + displacement. */
  constructor(form: Form, library: Library, isGeneral: boolean) {
    super();
    this.form = form;
    this.#library = library;
    this.#isGeneral = isGeneral;
    this.ctx = this.code.parameter(0);
    this.#record = this.code.parameter(1);
  }

  build(): Code {
    const operands = this.form.operands.map((form, position): PositionedOperand => ({
      kind: form.kind,
      width: form.width,
      form,
      position,
    }));
    this.form.row.does!(this, ...operands);
    if (!this.hasEnded) {
      this.#leaveIfResync(this.next);
      writeNext(this.code, this.ctx, this.#record, this.#library.handlerType);
    }
    return this.code;
  }

  get repeat(): Form['repeat'] {
    return this.form.repeat;
  }
  get pc(): Node {
    return this.#recordField('i64.load', access.RECORD_PC);
  }
  get next(): Node {
    return this.add(this.pc, this.#recordField('i64.load8_u', access.RECORD_LENGTH));
  }
  protected get flagFunctions(): FlagFunctions {
    return this.#library.flags;
  }

  // ---- operands

  read(operand: Operand, width = operand.width as Width): Node {
    const { form, position } = operand as PositionedOperand;
    if (form.kind === 'immediate') {
      if (form.source === 'fixed') return this.constant(width, form.detail);
      return width === 64
        ? this.#recordField('i64.load', access.RECORD_IMMEDIATE)
        : this.cut(this.#immediate(position), width);
    }
    if (form.kind === 'segment')
      return this.#recordField('i32.load16_u', access.RECORD_OPERANDS + position * 2);
    return this.place(operand, 'read').load();
  }
  #immediate(position: number): Node {
    const isSecond = this.form.operands.slice(0, position).some(({ kind }) => kind === 'immediate');
    return this.#recordField('i32.load', isSecond ? access.RECORD_SECOND : access.RECORD_IMMEDIATE);
  }

  address(operand: Operand): Node {
    const { source } = (operand as PositionedOperand).form;
    if (source === 'si' || source === 'di') {
      const register = this.gpr(source === 'si' ? context.RSI : context.RDI, 64);
      return this.addressSize === 32 ? this.and(register, i64(0xffff_ffff)) : register;
    }
    const base = this.#registerAt(access.RECORD_BASE);
    const displacement = this.#recordField('i64.load', access.RECORD_DISPLACEMENT);
    if (!this.#isGeneral) return this.add(base, displacement);
    const scale = this.let(this.#recordField('i64.load8_u', access.RECORD_SCALE));
    const index = this.shl(this.#registerAt(access.RECORD_INDEX), scale);
    const sum = this.let(this.add(this.add(base, index), displacement));
    const short = this.and(sum, i64(0xffff_ffff));
    const isShort = this.op('i32.ge_u', this.narrow(scale), i32(access.SCALE_ADDRESS32));
    return this.select(isShort, short, sum);
  }
  /** A plain operand has no segment. */
  protected inOperandSegment(address: Node): Node {
    const isPlain = this.form.hasAddress && !this.#isGeneral;
    return isPlain ? address : this.add(address, this.#registerAt(access.RECORD_SEGMENT));
  }

  override bulk(address: Node, accessKind: 'read' | 'write', segment: Segment): Node {
    const linear = this.let(this.inSegment(address, segment));
    const low = this.let(this.narrow(linear));
    const entry = this.mapEntry(load(I32_LOAD, this.ctx, context.CPU_MAP), low);
    const isWrite = accessKind === 'write';
    const isKnown = this.eqz(this.isUnmapped(entry, linear, isWrite));
    // A single step has no fuel: it does one iteration.
    const hasFuel = this.op('i32.gt_s', load(I32_LOAD, this.ctx, context.CPU_FUEL), i32(0));
    const at = this.mapped(entry, low, isWrite);
    return this.let(this.select(this.and(isKnown, hasFuel), at, i32(0)));
  }
  protected memoryPlace(linear: Node, width: Width, accessKind: Access): Place {
    const { code } = this;
    const bytes = width >> 3;
    const isWrite = accessKind !== 'read';
    const at = code.temporary('i32');
    const low = this.let(this.narrow(linear));
    const entry = this.mapEntry(load(I32_LOAD, this.ctx, context.CPU_MAP), low);
    let isSlow = this.isUnmapped(entry, linear, isWrite);
    if (bytes > 1) {
      const inPage = this.and(low, i32(4095));
      isSlow = this.or(isSlow, this.op('i32.gt_u', inPage, i32(4096 - bytes)));
    }
    if (this.needsAlignment(width, accessKind))
      isSlow = this.or(isSlow, this.ne(this.and(low, i32(bytes - 1)), i32(0)));
    code.if(
      isSlow,
      () => {
        this.setField(context.CPU_FAULT_ADDRESS, linear);
        this.setField(context.CPU_RIP, this.pc);
        const kind = bytes | ((isWrite ? context.ACCESS_WRITE : context.ACCESS_READ) << 8);
        const flag = accessKind === 'modify' ? 1 << 16 : 0;
        code.set(at, call(this.#library.slow, 'i32', this.ctx, i32(kind | flag)));
        code.if(this.eqz(at), () => code.return(load(I32_LOAD, this.ctx, context.CPU_TRAP)));
      },
      () => code.set(at, this.mapped(entry, low, isWrite)),
    );
    if (isWrite) this.#resync ??= code.local('i32');
    return this.mappedPlace(at, width, () => this.#commit(at));
  }
  /** After a store: if it went to the bounce buffer, brings it home. */
  #commit(at: Local): void {
    const resync = this.#resync!;
    const bounce = this.add(this.ctx, i32(context.CPU_BOUNCE));
    this.code.if(this.eq(at, bounce), () =>
      this.code.set(resync, this.or(resync, call(this.#library.commit, 'i32', this.ctx))),
    );
  }
  /** Leaves if code was overwritten; the instruction is done, and `next` comes. */
  #leaveIfResync(next: Node): void {
    if (this.#resync !== undefined) this.code.if(this.#resync, () => this.leave(next, access.EXIT_RESYNC));
  }

  // ---- registers

  gpr(number: number, width: 8 | 16 | 32 | 64): Node {
    return this.let(load(access.loadOp(width), this.ctx, context.CPU_GPR + number * 8));
  }
  setGpr(number: number, width: 8 | 16 | 32 | 64, value: Node): void {
    this.#storeRegister(this.ctx, context.CPU_GPR + number * 8, 'general', width, value);
  }
  xmm(number: number): Node {
    return this.let(load(wasmOp('v128.load'), this.ctx, context.CPU_XMM + number * 16));
  }
  writeZeroing(operand: Operand, value: Node): void {
    const { form, position } = operand as PositionedOperand;
    if (form.kind !== 'xmm') throw new Error('writeZeroing is for xmm registers');
    const at = this.#operandRegister(position);
    if (value.type === 'v128') {
      this.code.store(wasmOp('v128.store'), at, 0, value);
      return;
    }
    const low = value.type === 'i32' ? this.op('i64.extend_i32_u', value) : value;
    const pinned = this.let(low);
    this.code.store(wasmOp(`${pinned.type}.store`), at, 0, pinned);
    if (value.type === 'f32') this.code.store(I32_STORE, at, 4, i32(0));
    this.code.store(I64_STORE, at, 8, i64(0));
  }
  protected registerPlace(operand: FormOperand): Pick<Place, 'load' | 'store'> {
    const { form, position } = operand as PositionedOperand;
    const width = form.width as Width;
    const isFixed = form.source === 'fixed';
    const at = isFixed ? this.ctx : this.#operandRegister(position);
    const offset = isFixed ? form.detail : 0;
    return {
      load: () => this.let(load(access.loadOp(width), at, offset)),
      store: value => this.#storeRegister(at, offset, form.kind, width, value),
    };
  }
  #storeRegister(at: Node, offset: number, kind: string, width: Width, value: Node): void {
    if (kind === 'general' && width === 32) {
      const low = value.type === 'i64' ? this.and(value, i64(0xffff_ffff)) : this.zeroExtend(value, 32);
      this.code.store(I64_STORE, at, offset, low);
      return;
    }
    this.code.store(access.storeOp(value.type, width), at, offset, value);
    if (kind === 'mmx') this.code.store(I32_STORE16, at, offset + 8, i32(0xffff));
  }
  /** A field of the instruction's record. */
  #recordField(name: string, offset: number): Node {
    return load(wasmOp(name), this.#record, offset);
  }
  /** The address of the register that an operand names. */
  #operandRegister(position: number): Node {
    const offset = this.#recordField('i32.load16_u', access.RECORD_OPERANDS + position * 2);
    return this.let(this.add(this.ctx, offset));
  }
  /** The 64-bit register whose offset stands in the record. */
  #registerAt(offset: number): Node {
    return load(I64_LOAD, this.add(this.ctx, this.#recordField('i32.load16_u', offset)), 0);
  }

  // ---- flags

  protected flagRecord(): FlagRecord {
    return {
      kind: load(I32_LOAD, this.ctx, context.CPU_FLAGS_KIND),
      a: load(I64_LOAD, this.ctx, context.CPU_FLAGS_A),
      b: load(I64_LOAD, this.ctx, context.CPU_FLAGS_B),
      result: load(I64_LOAD, this.ctx, context.CPU_FLAGS_RESULT),
    };
  }
  protected setRecord(kind: number, a: Node | undefined, b: Node | undefined, result: Node): void {
    this.setField(context.CPU_FLAGS_KIND, i32(kind));
    this.setField(context.CPU_FLAGS_RESULT, result);
    if (a !== undefined) this.setField(context.CPU_FLAGS_A, a);
    if (b !== undefined) this.setField(context.CPU_FLAGS_B, b);
  }
  condition(code: Condition): Node {
    const isNegated = (code & 1) !== 0;
    const value = this.variable(i32(0));
    const { kind, ...operands } = this.flagRecord();
    const pinnedKind = this.let(kind);
    const fromFlags = (): void => this.set(value, this.conditionOfFlags(code >> 1));
    // A comparison is by far the most frequent thing that is asked for.
    const direct = afterComparison(code >> 1, operands);
    if (direct === undefined) fromFlags();
    else this.code.if(this.eq(pinnedKind, i32(FLAGS_SUB)), () => this.set(value, direct), fromFlags);
    return isNegated ? this.eqz(value) : value;
  }

  // ---- control

  jump(target: Node): void {
    this.#leaveIfResync(target);
    const pinned = this.code.temporary('i64');
    this.code.set(pinned, target);
    writeJump(this.code, this.ctx, pinned, this.#library.handlerType);
    this.end();
  }
  branch(condition: Node, target: Operand): void {
    this.jump(this.select(condition, this.read(target, 64), this.next));
  }
  protected leave(rip: Node, answer: number): void {
    this.setField(context.CPU_RIP, rip);
    this.code.return(i32(answer));
  }
  protected toHelperIf(condition: Node): void {
    this.code.if(condition, () => this.code.returnCall(this.#library.helped, this.ctx, this.#record));
  }
}
