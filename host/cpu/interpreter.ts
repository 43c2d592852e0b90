/**
 * The interpreter: a WebAssembly module with one function for each form of the instruction table. A function does one
 * instruction and goes on to the next with a tail call (threaded code). What it works on is a record, one for each
 * decoded instruction (layout in access.ts); registers stay in the context record.
 *
 *   handler(context, record) → answer        TRAP_* or EXIT_*
 *
 * A memory form has two functions: for plain operands (base + displacement), and for all of them.
 */
import type { Form, OperandForm } from './form.ts';
import type { Place } from './emitter.ts';
import type { FlagName } from './flags.ts';
import type { Condition, FlagBits, FlagOperation, Segment } from './emitter.ts';
import type { Operand, Width } from './table/row.ts';
import type { Local, Node } from './wasm/node.ts';
import type { ValueType } from './wasm/ops.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { Emitter } from './emitter.ts';
import {
  ARITHMETIC_FLAGS,
  FLAGS_EXPLICIT,
  FLAGS_SUB,
  FLAG_KINDS,
  FLAG_SHIFT,
  FlagFunctions,
} from './flags.ts';
import { Code } from './wasm/code.ts';
import { Module } from './wasm/module.ts';
import { call, i32, i64, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

const HANDLER = { parameters: ['i32', 'i32'], result: 'i32' } as const;

/** Functions that the interpreter calls in JavaScript; see Processor. */
export interface InterpreterImports {
  /**
   * An access that the maps do not allow as it is. CPU_FAULT_ADDRESS holds the address, RIP the instruction; `kind` is
   * the bytes, ACCESS_* << 8. Returns where to do it, less MAP_BIAS (perhaps in CPU_BOUNCE), or 0: it traps (CPU_TRAP).
   */
  slow(context: number, kind: number): number;
  /** The bounced store was done: bring it home. Not 0: code was overwritten. */
  commit(context: number): number;
  /** The helper of the record's instruction. 0: it is done. Else the answer. */
  help(context: number, record: number): number;
}

/** Slots of the table that are no forms. */
export const SLOT_GOTO = 0;
export const SLOT_UNKNOWN = 1;
export const SLOT_TOO_LONG = 2;
/** Ends a block of one instruction (single step): the time to look up. */
export const SLOT_STOP = 3;
const FIRST_FORM_SLOT = 4;

export function slotOf(form: Form, isGeneral: boolean): number {
  return FIRST_FORM_SLOT + form.id * 2 + (isGeneral ? 1 : 0);
}
export function firstFreeSlot(formCount: number): number {
  return FIRST_FORM_SLOT + formCount * 2;
}

/** Index of the functions that handlers use. */
interface Library {
  readonly slow: number;
  readonly commit: number;
  readonly help: number;
  readonly handlerType: number;
  /** handler: the helper, then the next instruction. */
  helped: number;
  readonly flags: FlagFunctions;
}

/** Builds the module; `tableSize` leaves room for regions behind the forms. */
export function buildInterpreter(forms: readonly Form[], tableSize: number): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const slow = module.import('slow', HANDLER);
  const commit = module.import('commit', { parameters: ['i32'], result: 'i32' });
  const help = module.import('help', HANDLER);
  const flags = new FlagFunctions(module);
  const library: Library = { slow, commit, help, handlerType: module.type(HANDLER), helped: -1, flags };
  library.helped = module.function(HANDLER, helpedFunction(library));
  const elements: number[] = [];
  elements.push(module.function(HANDLER, gotoFunction(library)));
  elements.push(module.function(HANDLER, trapFunction(context.TRAP_INVALID_OPCODE)));
  elements.push(module.function(HANDLER, trapFunction(context.TRAP_PROTECTION)));
  elements.push(module.function(HANDLER, stopFunction()));
  for (const form of forms) {
    if (!form.row.does) {
      elements.push(library.helped, library.helped);
      continue;
    }
    const plain = module.function(HANDLER, new InterpreterEmitter(form, library, false).build());
    elements.push(
      plain,
      form.hasAddress ? module.function(HANDLER, new InterpreterEmitter(form, library, true).build()) : plain,
    );
  }
  module.tableElements = elements;
  module.tableSize = Math.max(tableSize, elements.length);
  module.export(
    'enter',
    module.function({ parameters: ['i32', 'i32', 'i32'], result: 'i32' }, enterFunction(library)),
  );
  module.export('table', 0);
  return module.toBytes();
}

/** enter(context, record, slot): runs until there is an answer that is not EXIT_DISPATCH. */
function enterFunction(library: Library): Code {
  const code = new Code(['i32', 'i32', 'i32']);
  const ctx = code.parameter(0);
  const record = code.parameter(1);
  const slot = code.parameter(2);
  const answer = code.local('i32');
  const rip = code.local('i64');
  code.loop(again => {
    code.callIndirect(answer, library.handlerType, slot, ctx, record);
    code.if(answer, () => code.return(answer));
    code.set(rip, load(wasmOp('i64.load'), ctx, context.CPU_RIP));
    const entry = writeDispatch(code, ctx, rip);
    code.set(record, load(wasmOp('i32.load'), entry, 8));
    code.set(slot, load(wasmOp('i32.load'), entry, 4));
    code.branch(again);
  });
  code.unreachable();
  return code;
}

const op = (name: string, a?: Node, b?: Node): Node => ({
  type: wasmOp(name).result!,
  op: wasmOp(name),
  a,
  b,
  c: undefined,
  immediate: 0,
  wide: undefined,
  kind: 'op',
});

/**
 * Finds the code for `target` (i64, pinned down): the entry of the jump cache. Returns from the function if the fuel
 * is used up, the cache does not know the address, or the code is hot; RIP is then the target.
 */
function writeDispatch(code: Code, ctx: Local, target: Local): Local {
  const leave = (answer: number): void => {
    code.store(wasmOp('i64.store'), ctx, context.CPU_RIP, target);
    code.return(i32(answer));
  };
  const fuel = code.temporary('i32');
  code.set(fuel, op('i32.sub', load(wasmOp('i32.load'), ctx, context.CPU_FUEL), i32(1)));
  code.store(wasmOp('i32.store'), ctx, context.CPU_FUEL, fuel);
  code.if(op('i32.lt_s', fuel, i32(0)), () => leave(context.TRAP_INTERRUPT));
  const low = code.temporary('i32');
  code.set(low, op('i32.wrap_i64', target));
  const entry = code.temporary('i32');
  const hash = op('i32.and', op('i32.xor', low, op('i32.shr_u', low, i32(14))), i32(access.JUMP_ENTRIES - 1));
  code.set(
    entry,
    op(
      'i32.add',
      load(wasmOp('i32.load'), ctx, context.CPU_JUMP_CACHE),
      op('i32.shl', hash, i32(Math.log2(access.JUMP_ENTRY_BYTES))),
    ),
  );
  const isOther = (): Node => op('i32.ne', load(wasmOp('i32.load'), entry, 0), op('i32.xor', low, i32(-1)));
  // Also the last address, whose inverse is what an empty entry holds.
  const isHigh = (): Node => op('i64.ge_u', target, i64(0xffff_ffff));
  code.if(op('i32.or', isOther(), isHigh()), () => {
    code.set(entry, op('i32.xor', entry, i32(access.JUMP_ENTRY_BYTES)));
    code.if(op('i32.or', isOther(), isHigh()), () => leave(access.EXIT_LOOKUP));
  });
  const turns = code.temporary('i32');
  code.set(turns, op('i32.sub', load(wasmOp('i32.load'), entry, 12), i32(1)));
  code.store(wasmOp('i32.store'), entry, 12, turns);
  code.if(op('i32.eqz', turns), () => leave(access.EXIT_HOT));
  return entry;
}

function writeJump(code: Code, ctx: Local, target: Local, handlerType: number): void {
  const entry = writeDispatch(code, ctx, target);
  code.returnCallIndirect(
    handlerType,
    load(wasmOp('i32.load'), entry, 4),
    ctx,
    load(wasmOp('i32.load'), entry, 8),
  );
}

function writeNext(code: Code, ctx: Local, record: Local, handlerType: number): void {
  code.returnCallIndirect(
    handlerType,
    load(wasmOp('i32.load'), record, access.RECORD_BYTES + access.RECORD_SLOT),
    ctx,
    op('i32.add', record, i32(access.RECORD_BYTES)),
  );
}

function gotoFunction(library: Library): Code {
  const code = new Code(HANDLER.parameters);
  const target = code.local('i64');
  code.set(target, load(wasmOp('i64.load32_u'), code.parameter(1), access.RECORD_PC));
  writeJump(code, code.parameter(0), target, library.handlerType);
  return code;
}

function stopFunction(): Code {
  const code = new Code(HANDLER.parameters);
  const [ctx, record] = [code.parameter(0), code.parameter(1)];
  code.store(
    wasmOp('i64.store'),
    ctx,
    context.CPU_RIP,
    load(wasmOp('i64.load32_u'), record, access.RECORD_PC),
  );
  code.return(i32(access.EXIT_LOOKUP));
  return code;
}

function trapFunction(reason: number): Code {
  const code = new Code(HANDLER.parameters);
  const [ctx, record] = [code.parameter(0), code.parameter(1)];
  code.store(
    wasmOp('i64.store'),
    ctx,
    context.CPU_RIP,
    load(wasmOp('i64.load32_u'), record, access.RECORD_PC),
  );
  code.return(i32(reason));
  return code;
}

function helpedFunction(library: Library): Code {
  const code = new Code(HANDLER.parameters);
  const [ctx, record] = [code.parameter(0), code.parameter(1)];
  const answer = code.local('i32');
  code.set(answer, call(library.help, 'i32', ctx, record));
  code.if(answer, () => code.return(answer));
  writeNext(code, ctx, record, library.handlerType);
  return code;
}

/** An operand of the form, and its position. */
interface FormOperand extends Operand {
  readonly form: OperandForm;
  readonly position: number;
}

class InterpreterEmitter extends Emitter {
  readonly code = new Code(HANDLER.parameters);
  readonly isLocked: boolean;
  readonly repeat: Form['repeat'];
  readonly operandSize: 16 | 32 | 64;
  readonly addressSize: 32 | 64;
  readonly #form: Form;
  readonly #library: Library;
  readonly #isGeneral: boolean;
  readonly #ctx: Local;
  readonly #record: Local;
  /** Not 0 once a store has changed code. Made by the first store to memory. */
  #resync: Local | undefined;
  #hasEnded = false;
  #depth = 0;

  constructor(form: Form, library: Library, isGeneral: boolean) {
    super();
    this.#form = form;
    this.#library = library;
    this.#isGeneral = isGeneral;
    this.isLocked = form.isLocked;
    this.repeat = form.repeat;
    this.operandSize = form.operandSize;
    this.addressSize = form.addressSize;
    this.#ctx = this.code.parameter(0);
    this.#record = this.code.parameter(1);
  }

  build(): Code {
    const operands = this.#form.operands.map((form, position): FormOperand => ({
      kind: form.kind,
      width: form.width,
      form,
      position,
    }));
    this.#form.row.does!(this, ...operands);
    if (!this.#hasEnded) {
      this.#leaveIfResync(this.next);
      writeNext(this.code, this.#ctx, this.#record, this.#library.handlerType);
    }
    return this.code;
  }

  override if(condition: Node, then: () => void, otherwise?: () => void): void {
    this.#depth++;
    super.if(condition, then, otherwise);
    this.#depth--;
  }

  get pc(): Node {
    return this.#recordField('i64.load32_u', access.RECORD_PC);
  }
  get next(): Node {
    return this.#recordField('i64.load32_u', access.RECORD_NEXT);
  }

  place(operand: Operand, accessKind: 'read' | 'write' | 'modify'): Place {
    const { form, position } = operand as FormOperand;
    if (form.kind === 'memory') {
      const address = this.let(this.#linearAddress(operand));
      if (form.isAligned)
        this.trapIf(this.ne(this.and(address, this.i64(15)), this.i64(0)), context.TRAP_PROTECTION);
      return this.#memoryPlace(address, form.width as Width, accessKind);
    }
    if (form.kind === 'immediate' || form.kind === 'segment') throw new Error('no place for an operand');
    return this.#registerPlace(form, position);
  }

  read(operand: Operand, width = operand.width as Width): Node {
    const { form, position } = operand as FormOperand;
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
    const isSecond = this.#form.operands.slice(0, position).some(({ kind }) => kind === 'immediate');
    return this.#recordField('i32.load', isSecond ? access.RECORD_SECOND : access.RECORD_IMMEDIATE);
  }

  address(operand: Operand): Node {
    const { source } = (operand as FormOperand).form;
    if (source === 'si' || source === 'di') {
      const register = this.gpr(source === 'si' ? context.RSI : context.RDI, 64);
      return this.addressSize === 32 ? this.and(register, this.i64(0xffff_ffff)) : register;
    }
    const base = this.#registerAt(access.RECORD_BASE);
    const displacement = this.#recordField('i64.load', access.RECORD_DISPLACEMENT);
    if (!this.#isGeneral) return this.add(base, displacement);
    const scale = this.#recordField('i64.load8_u', access.RECORD_SCALE);
    const index = this.shl(this.#registerAt(access.RECORD_INDEX), scale);
    const sum = this.let(this.add(this.add(base, index), displacement));
    const short = this.op('i64.and', sum, this.i64(0xffff_ffff));
    return this.select(this.#recordField('i32.load8_u', access.RECORD_ADDRESS32), short, sum);
  }
  #linearAddress(operand: Operand): Node {
    const address = this.address(operand);
    const { source } = (operand as FormOperand).form;
    if (source === 'di') return address;
    return this.#isGeneral || source === 'si'
      ? this.add(address, this.#registerAt(access.RECORD_SEGMENT))
      : address;
  }

  memory(
    address: Node,
    width: Width,
    accessKind: 'read' | 'write' | 'modify',
    segment: Segment = 'none',
  ): Place {
    return this.#memoryPlace(this.let(this.#inSegment(address, segment)), width, accessKind);
  }
  #inSegment(address: Node, segment: Segment): Node {
    if (segment === 'fs') return this.add(address, this.field('i64', context.CPU_FS_BASE));
    if (segment === 'gs') return this.add(address, this.field('i64', context.CPU_GS_BASE));
    if (segment === 'operand') return this.add(address, this.#registerAt(access.RECORD_SEGMENT));
    return address;
  }
  override bulk(address: Node, accessKind: 'read' | 'write', segment: Segment): Node {
    const linear = this.let(this.#inSegment(address, segment));
    const low = this.let(this.narrow(linear));
    const page = this.shl(this.op('i32.shr_u', low, this.i32(12)), this.i32(2));
    const map = load(wasmOp('i32.load'), this.#ctx, context.CPU_MAP);
    const offset = accessKind === 'write' ? access.WRITE_MAP : 0;
    const entry = this.let(load(wasmOp('i32.load'), this.add(map, page), offset));
    const isKnown = this.and(this.ne(entry, this.i32(0)), this.eqz(this.shrU(linear, this.i64(32))));
    // A single step has no fuel: it does one iteration.
    const hasFuel = this.op('i32.gt_s', load(wasmOp('i32.load'), this.#ctx, context.CPU_FUEL), this.i32(0));
    const at = this.add(this.add(low, entry), this.i32(access.MAP_BIAS));
    return this.let(this.select(this.and(isKnown, hasFuel), at, this.i32(0)));
  }

  gpr(number: number, width: 8 | 16 | 32 | 64): Node {
    return this.let(load(access.loadOp(width), this.#ctx, context.CPU_GPR + number * 8));
  }
  setGpr(number: number, width: 8 | 16 | 32 | 64, value: Node): void {
    this.#storeRegister(this.#ctx, context.CPU_GPR + number * 8, 'general', width, value);
  }
  xmm(number: number): Node {
    return this.let(load(wasmOp('v128.load'), this.#ctx, context.CPU_XMM + number * 16));
  }
  setXmm(number: number, value: Node): void {
    this.code.store(wasmOp('v128.store'), this.#ctx, context.CPU_XMM + number * 16, value);
  }
  field(type: 'i32' | 'i64', offset: number): Node {
    return this.let(load(wasmOp(`${type}.load`), this.#ctx, offset));
  }
  setField(offset: number, value: Node): void {
    this.code.store(wasmOp(`${value.type}.store`), this.#ctx, offset, value);
  }
  enterMmx(): void {
    const status = load(wasmOp('i32.load16_u'), this.#ctx, context.CPU_FSW);
    this.code.store(
      wasmOp('i32.store16'),
      this.#ctx,
      context.CPU_FSW,
      this.and(status, this.i32(0xffff & ~0x3800)),
    );
    this.code.store(wasmOp('i32.store16'), this.#ctx, context.CPU_FTW, this.i32(0xff));
  }
  writeZeroing(operand: Operand, value: Node): void {
    const { form, position } = operand as FormOperand;
    if (form.kind !== 'xmm') throw new Error('writeZeroing is for xmm registers');
    const at = this.#operandRegister(position);
    if (value.type === 'v128') {
      this.code.store(wasmOp('v128.store'), at, 0, value);
      return;
    }
    const low = value.type === 'i32' ? this.op('i64.extend_i32_u', value) : value;
    const pinned = this.let(low);
    this.code.store(wasmOp(`${pinned.type}.store`), at, 0, pinned);
    if (value.type === 'f32') this.code.store(wasmOp('i32.store'), at, 4, this.i32(0));
    this.code.store(wasmOp('i64.store'), at, 8, this.i64(0));
  }

  setFlags(operation: FlagOperation, width: 8 | 16 | 32 | 64, a: Node, b: Node, result: Node): void {
    let second = b;
    if (operation === 'inc' || operation === 'dec')
      second = this.let(this.op('i64.extend_i32_u', this.flag('cf')));
    const { code } = this;
    code.store(wasmOp('i32.store'), this.#ctx, context.CPU_FLAGS_KIND, this.i32(FLAG_KINDS[operation]));
    code.store(wasmOp('i64.store'), this.#ctx, context.CPU_FLAGS_RESULT, this.signExtend(result, width));
    if (operation === 'logic') return;
    const extend = (node: Node): Node =>
      operation === 'carry'
        ? node.type === 'i32'
          ? this.op('i64.extend_i32_u', node)
          : node
        : this.signExtend(node, width);
    code.store(wasmOp('i64.store'), this.#ctx, context.CPU_FLAGS_A, extend(a));
    code.store(wasmOp('i64.store'), this.#ctx, context.CPU_FLAGS_B, second === b ? extend(b) : second);
  }
  updateFlags(flags: FlagBits): void {
    let word: Node = this.i32(0);
    let kept = ARITHMETIC_FLAGS;
    for (const name of ['cf', 'pf', 'af', 'zf', 'sf', 'of'] as const) {
      const bit = flags[name];
      if (!bit) continue;
      kept &= ~(1 << FLAG_SHIFT[name]);
      const shift = FLAG_SHIFT[name];
      word = this.or(word, shift === 0 ? bit : this.shl(bit, this.i32(shift)));
    }
    if (kept !== 0)
      word = this.or(word, this.and(this.#library.flags.readAll(this.#flagRecord()), this.i32(kept)));
    const pinned = this.let(this.op('i64.extend_i32_u', word));
    this.code.store(wasmOp('i32.store'), this.#ctx, context.CPU_FLAGS_KIND, this.i32(FLAGS_EXPLICIT));
    this.code.store(wasmOp('i64.store'), this.#ctx, context.CPU_FLAGS_RESULT, pinned);
  }
  flag(name: FlagName): Node {
    return this.let(this.#library.flags.read(name, this.#flagRecord()));
  }
  #flagRecord(): { kind: Node; a: Node; b: Node; result: Node } {
    return {
      kind: load(wasmOp('i32.load'), this.#ctx, context.CPU_FLAGS_KIND),
      a: load(wasmOp('i64.load'), this.#ctx, context.CPU_FLAGS_A),
      b: load(wasmOp('i64.load'), this.#ctx, context.CPU_FLAGS_B),
      result: load(wasmOp('i64.load'), this.#ctx, context.CPU_FLAGS_RESULT),
    };
  }
  condition(code: Condition): Node {
    const isNegated = (code & 1) !== 0;
    const value = this.variable(this.i32(0));
    const { kind, a, b, result } = this.#flagRecord();
    const pinnedKind = this.let(kind);
    // A comparison is by far the most frequent thing that is asked for.
    const direct = directCondition(this, code >> 1, a, b, result);
    if (direct === undefined) this.set(value, this.#anyCondition(code >> 1));
    else
      this.code.if(
        this.eq(pinnedKind, this.i32(FLAGS_SUB)),
        () => this.set(value, direct),
        () => this.set(value, this.#anyCondition(code >> 1)),
      );
    return isNegated ? this.eqz(value) : value;
  }
  #anyCondition(code: number): Node {
    switch (code) {
      case 0:
        return this.flag('of');
      case 1:
        return this.flag('cf');
      case 2:
        return this.flag('zf');
      case 3:
        return this.or(this.flag('cf'), this.flag('zf'));
      case 4:
        return this.flag('sf');
      case 5:
        return this.flag('pf');
      case 6:
        return this.xor(this.flag('sf'), this.flag('of'));
      default:
        return this.or(this.flag('zf'), this.xor(this.flag('sf'), this.flag('of')));
    }
  }
  flagsIf(condition: Node, set: () => void): void {
    this.if(condition, set);
  }

  jump(target: Node): void {
    this.#leaveIfResync(target);
    const pinned = this.code.temporary('i64');
    this.code.set(pinned, target);
    writeJump(this.code, this.#ctx, pinned, this.#library.handlerType);
    this.#end();
  }
  branch(condition: Node, target: Operand): void {
    this.jump(this.select(condition, this.read(target, 64), this.next));
  }
  trap(reason: number): void {
    this.setField(context.CPU_RIP, this.pc);
    this.code.return(this.i32(reason));
    this.#end();
  }
  trapIf(condition: Node, reason: number): void {
    this.code.if(condition, () => {
      this.setField(context.CPU_RIP, this.pc);
      this.code.return(this.i32(reason));
    });
  }
  trapAfter(reason: number): void {
    this.setField(context.CPU_RIP, this.next);
    this.code.return(this.i32(reason));
    this.#end();
  }
  fallbackIf(condition: Node): void {
    if (!this.#form.row.helper) throw new Error(`${this.#form.row.name} has no helper to fall back to`);
    this.code.if(condition, () => this.code.returnCall(this.#library.helped, this.#ctx, this.#record));
  }

  #end(): void {
    if (this.#depth === 0) this.#hasEnded = true;
  }

  /** A field of the instruction's record. */
  #recordField(name: string, offset: number): Node {
    return load(wasmOp(name), this.#record, offset);
  }
  /** The address of the register that an operand names. */
  #operandRegister(position: number): Node {
    return this.let(
      this.add(this.#ctx, this.#recordField('i32.load16_u', access.RECORD_OPERANDS + position * 2)),
    );
  }
  /** The 64-bit register whose offset stands in the record. */
  #registerAt(offset: number): Node {
    return load(wasmOp('i64.load'), this.add(this.#ctx, this.#recordField('i32.load16_u', offset)), 0);
  }

  #registerPlace(form: OperandForm, position: number): Place {
    const width = form.width as Width;
    const isFixed = form.source === 'fixed';
    const at = isFixed ? this.#ctx : this.#operandRegister(position);
    const offset = isFixed ? form.detail : 0;
    const loadValue = (): Node => this.let(load(access.loadOp(width), at, offset));
    const store = (value: Node): void => this.#storeRegister(at, offset, form.kind, width, value);
    return {
      width,
      load: loadValue,
      store,
      atomic: () => {
        throw new Error('no atomic access to a register');
      },
      compareExchange: () => {
        throw new Error('no atomic access to a register');
      },
    };
  }
  #storeRegister(at: Node, offset: number, kind: string, width: Width, value: Node): void {
    if (kind === 'general' && width === 32) {
      const low = value.type === 'i64' ? this.and(value, this.i64(0xffff_ffff)) : this.zeroExtend(value, 32);
      this.code.store(wasmOp('i64.store'), at, offset, low);
      return;
    }
    this.code.store(access.storeOp(value.type, width), at, offset, value);
    if (kind === 'mmx') this.code.store(wasmOp('i32.store16'), at, offset + 8, this.i32(0xffff));
  }

  /** `linear` is pinned down. */
  #memoryPlace(linear: Node, width: Width, accessKind: 'read' | 'write' | 'modify'): Place {
    const { code } = this;
    const bytes = width >> 3;
    const isWrite = accessKind !== 'read';
    const at = code.temporary('i32');
    const entry = code.temporary('i32');
    const low = this.let(this.narrow(linear));
    const page = this.shl(this.op('i32.shr_u', low, this.i32(12)), this.i32(2));
    const map = load(wasmOp('i32.load'), this.#ctx, context.CPU_MAP);
    code.set(entry, load(wasmOp('i32.load'), this.add(map, page), isWrite ? access.WRITE_MAP : 0));
    let isSlow = this.eqz(entry);
    isSlow = this.or(isSlow, this.ne(this.shrU(linear, this.i64(32)), this.i64(0)));
    if (bytes > 1) {
      const inPage = this.and(low, this.i32(4095));
      isSlow = this.or(isSlow, this.op('i32.gt_u', inPage, this.i32(4096 - bytes)));
    }
    const isAtomic = accessKind === 'modify' && width <= 64 && this.#form.row.lock === true;
    if (isAtomic && bytes > 1)
      isSlow = this.or(isSlow, this.ne(this.and(low, this.i32(bytes - 1)), this.i32(0)));
    code.if(
      isSlow,
      () => {
        this.setField(context.CPU_FAULT_ADDRESS, linear);
        this.setField(context.CPU_RIP, this.pc);
        const kind = bytes | ((isWrite ? context.ACCESS_WRITE : context.ACCESS_READ) << 8);
        const flag = accessKind === 'modify' ? 1 << 16 : 0;
        code.set(at, call(this.#library.slow, 'i32', this.#ctx, this.i32(kind | flag)));
        code.if(this.eqz(at), () => code.return(load(wasmOp('i32.load'), this.#ctx, context.CPU_TRAP)));
      },
      () => code.set(at, this.add(low, entry)),
    );
    const afterStore = (): void => this.#commit(at);
    if (isWrite) this.#resync ??= code.local('i32');
    return {
      width,
      load: () => this.let(load(access.loadOp(width), at, access.MAP_BIAS)),
      store: value => {
        code.store(access.storeOp(value.type, width), at, access.MAP_BIAS, value);
        afterStore();
      },
      atomic: (operation, value) => {
        const old = code.atomic(access.atomicOp(operation, width), at, access.MAP_BIAS, value);
        afterStore();
        return old;
      },
      compareExchange: (expected, replacement) => {
        const old = code.atomic(
          access.atomicOp('cmpxchg', width),
          at,
          access.MAP_BIAS,
          expected,
          replacement,
        );
        afterStore();
        return old;
      },
    };
  }
  /** After a store: if it went to the bounce buffer, brings it home. */
  #commit(at: Local): void {
    const bounce = this.add(this.#ctx, this.i32(context.CPU_BOUNCE - access.MAP_BIAS));
    this.code.if(this.eq(at, bounce), () =>
      this.code.set(
        this.#resync as Local,
        this.or(this.#resync!, call(this.#library.commit, 'i32', this.#ctx)),
      ),
    );
  }
  /** Leaves if code was overwritten; the instruction is done, and `next` comes. */
  #leaveIfResync(next: Node): void {
    if (this.#resync === undefined) return;
    this.code.if(this.#resync, () => {
      this.setField(context.CPU_RIP, next);
      this.code.return(this.i32(access.EXIT_RESYNC));
    });
  }
}

/** A condition after a comparison, from the operands themselves. */
function directCondition(e: Emitter, code: number, a: Node, b: Node, result: Node): Node | undefined {
  switch (code) {
    case 1:
      return e.ltU(a, b);
    case 2:
      return e.eqz(result);
    case 3:
      return e.op('i64.le_u', a, b);
    case 4:
      return e.ltS(result, e.i64(0));
    case 6:
      return e.ltS(a, b);
    case 7:
      return e.op('i64.le_s', a, b);
    default:
      return undefined;
  }
}

export type { ValueType };
