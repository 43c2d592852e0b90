/**
 * What the two emitters have in common: operands by kind, fields of the context record, segments, flags, traps. The rest
 * is where registers and the flag record are kept, and what becomes of an access that the page maps do not allow.
 */
import type { Access, AtomicOperation, FlagBits, FlagOperation, Place, Segment } from './emitter.ts';
import type { FlagFunctions, FlagName, FlagRecord } from './flags.ts';
import type { Form, OperandForm } from './form.ts';
import type { Operand, Width } from './table/row.ts';
import type { Local, Node } from './wasm/node.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { Emitter } from './emitter.ts';
import { ARITHMETIC_FLAGS, FLAGS_EXPLICIT, FLAG_KINDS, FLAG_NAMES, FLAG_SHIFT } from './flags.ts';
import { i32, i64, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

const I32_LOAD = wasmOp('i32.load');
const I32_LOAD16_U = wasmOp('i32.load16_u');
const I64_LOAD32_U = wasmOp('i64.load32_u');
const I32_STORE16 = wasmOp('i32.store16');
const EXTEND_U = 'i64.extend_i32_u';
/** FSW: where the top of the x87 stack is. */
const FSW_TOP = 0x3800;

/** An operand of a form. */
export interface FormOperand extends Operand {
  readonly form: OperandForm;
}

export abstract class FormEmitter extends Emitter {
  protected abstract readonly form: Form;
  protected abstract readonly flagFunctions: FlagFunctions;
  /** Address of the context record. */
  protected abstract readonly ctx: Local;
  /** The instruction ends itself: nothing is to be written behind it. */
  protected hasEnded = false;
  /** How many conditions (`if`) what is being written depends on. */
  protected depth = 0;

  get isLocked(): boolean {
    return this.form.isLocked;
  }
  get operandSize(): 16 | 32 | 64 {
    return this.form.operandSize;
  }
  get addressSize(): 32 | 64 {
    return this.form.addressSize;
  }
  override if(condition: Node, then: () => void, otherwise?: () => void): void {
    this.depth++;
    super.if(condition, then, otherwise);
    this.depth--;
  }

  // ---- operands

  place(operand: Operand, accessKind: Access): Place {
    const { form } = operand as FormOperand;
    const width = form.width as Width;
    switch (form.kind) {
      case 'memory': {
        const address = this.let(this.#linearAddress(operand));
        if (form.isAligned) this.trapIf(this.ne(this.and(address, i64(15)), i64(0)), context.TRAP_PROTECTION);
        return this.memoryPlace(address, width, accessKind);
      }
      case 'immediate':
      case 'segment':
        throw new Error('no place for an operand');
      default:
        return {
          width,
          ...this.registerPlace(operand as FormOperand),
          atomic: noAtomic,
          compareExchange: noAtomic,
        };
    }
  }
  protected abstract registerPlace(operand: FormOperand): Pick<Place, 'load' | 'store'>;

  memory(address: Node, width: Width, accessKind: Access, segment: Segment = 'none'): Place {
    return this.memoryPlace(this.let(this.inSegment(address, segment)), width, accessKind);
  }
  /** `linear` is pinned down. */
  protected abstract memoryPlace(linear: Node, width: Width, accessKind: Access): Place;
  #linearAddress(operand: Operand): Node {
    const address = this.address(operand);
    return (operand as FormOperand).form.source === 'di' ? address : this.inOperandSegment(address);
  }
  protected inSegment(address: Node, segment: Segment): Node {
    if (segment === 'fs') return this.add(address, this.field('i64', context.CPU_FS_BASE));
    if (segment === 'gs') return this.add(address, this.field('i64', context.CPU_GS_BASE));
    return segment === 'operand' ? this.inOperandSegment(address) : address;
  }
  /** Adds the base of the segment that the instruction names. */
  protected abstract inOperandSegment(address: Node): Node;
  /** Where the map at `map` has its entry for an address, whose lower half is `low`; pinned down. */
  protected mapEntry(map: Node, low: Node): Node {
    const ofPage = (access.MAP_ENTRIES - 1) * access.MAP_ENTRY_BYTES;
    const place = this.and(this.shrU(low, i32(12 - Math.log2(access.MAP_ENTRY_BYTES))), i32(ofPage));
    return this.let(this.add(map, place));
  }
  /** The entry is not that of the address's page. */
  protected isUnmapped(entry: Node, linear: Node, isWrite: boolean): Node {
    const tag = load(I64_LOAD32_U, entry, access.MAP_TAG + (isWrite ? access.WRITE_MAP : 0));
    return this.ne(tag, this.add(this.shrU(linear, i64(access.MAP_TAG_SHIFT)), i64(1)));
  }
  /** Where in physical memory an address lies that its entry is for. */
  protected mapped(entry: Node, low: Node, isWrite: boolean): Node {
    return this.add(low, load(I32_LOAD, entry, isWrite ? access.WRITE_MAP : 0));
  }
  /** Memory that may be accessed. `stored` is told of each write. */
  protected mappedPlace(at: Local, width: Width, stored: () => void): Place {
    const { code } = this;
    return {
      width,
      load: () => this.let(load(access.loadOp(width), at, 0)),
      store: value => {
        code.store(access.storeOp(value.type, width), at, 0, value);
        stored();
      },
      atomic: (operation: AtomicOperation, value) => {
        const old = code.atomic(access.atomicOp(operation, width), at, 0, value);
        stored();
        return old;
      },
      compareExchange: (expected, replacement) => {
        const exchange = access.atomicOp('cmpxchg', width);
        const old = code.atomic(exchange, at, 0, expected, replacement);
        stored();
        return old;
      },
    };
  }
  /** The access is, or may be, an atomic one: memory that is not aligned will not do. */
  protected needsAlignment(width: Width, accessKind: Access): boolean {
    return accessKind === 'modify' && width > 8 && width <= 64 && this.form.row.lock === true;
  }

  field(type: 'i32' | 'i64', offset: number): Node {
    return this.let(load(wasmOp(`${type}.load`), this.ctx, offset));
  }
  setField(offset: number, value: Node): void {
    this.code.store(wasmOp(`${value.type}.store`), this.ctx, offset, value);
  }
  enterMmx(): void {
    const status = load(I32_LOAD16_U, this.ctx, context.CPU_FSW);
    this.code.store(I32_STORE16, this.ctx, context.CPU_FSW, this.and(status, i32(0xffff & ~FSW_TOP)));
    this.code.store(I32_STORE16, this.ctx, context.CPU_FTW, i32(0xff));
  }

  // ---- flags

  /** The flag record as it is now. */
  protected abstract flagRecord(): FlagRecord;
  /** Makes the record; undefined: what is there does not matter to this kind. */
  protected abstract setRecord(kind: number, a: Node | undefined, b: Node | undefined, result: Node): void;
  /** The six flags at their places, those of `mask` at least; i32. */
  protected allFlags(_mask: number): Node {
    return this.flagFunctions.readAll(this.flagRecord());
  }

  setFlags(operation: FlagOperation, width: 8 | 16 | 32 | 64, a: Node, b: Node, result: Node): void {
    const kind = FLAG_KINDS[operation];
    const wide = (node: Node): Node => (node.type === 'i32' ? this.op(EXTEND_U, node) : node);
    const signed = this.signExtend(result, width);
    switch (operation) {
      case 'logic':
        return this.setRecord(kind, undefined, undefined, signed);
      case 'carry':
        return this.setRecord(kind, wide(a), wide(b), signed);
      case 'inc':
      case 'dec':
        return this.setRecord(kind, this.signExtend(a, width), wide(this.flag('cf')), signed);
      default:
        return this.setRecord(kind, this.signExtend(a, width), this.signExtend(b, width), signed);
    }
  }
  updateFlags(flags: FlagBits): void {
    let word: Node = i32(0);
    let kept = ARITHMETIC_FLAGS;
    for (const name of FLAG_NAMES) {
      const bit = flags[name];
      if (bit === undefined) continue;
      const shift = FLAG_SHIFT[name];
      kept &= ~(1 << shift);
      word = this.or(word, shift === 0 ? bit : this.shl(bit, i32(shift)));
    }
    if (kept !== 0) word = this.or(word, this.and(this.allFlags(kept), i32(kept)));
    this.setRecord(FLAGS_EXPLICIT, undefined, undefined, this.let(this.op(EXTEND_U, word)));
  }
  flag(name: FlagName): Node {
    return this.let(this.flagFunctions.read(name, this.flagRecord()));
  }
  /** A condition (the code without its lowest bit, which negates) from flags. */
  protected conditionOfFlags(code: number): Node {
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

  // ---- control

  /** Out of the code, RIP being `rip`, with an answer. */
  protected abstract leave(rip: Node, answer: number): void;
  protected end(): void {
    if (this.depth === 0) this.hasEnded = true;
  }
  trap(reason: number): void {
    this.leave(this.pc, reason);
    this.end();
  }
  trapIf(condition: Node, reason: number): void {
    this.code.if(condition, () => this.leave(this.pc, reason));
  }
  trapAfter(reason: number): void {
    this.leave(this.next, reason);
    this.end();
  }
  fallbackIf(condition: Node): void {
    const { helper, name } = this.form.row;
    if (helper === undefined) throw new Error(`${name} has no helper to fall back to`);
    this.toHelperIf(condition);
  }
  protected abstract toHelperIf(condition: Node): void;
}

function noAtomic(): never {
  throw new Error('no atomic access to a register');
}
