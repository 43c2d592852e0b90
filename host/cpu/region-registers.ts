/** The registers of a region: locals, from their first use on, that the context record is loaded into and written from. */
import type { Expressions } from './expressions.ts';
import type { OperandForm } from './form.ts';
import type { Width } from './table/row.ts';
import type { Code } from './wasm/code.ts';
import type { Local, Node } from './wasm/node.ts';
import * as context from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { i32, i64, load } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

const I32_STORE16 = wasmOp('i32.store16');

type RegisterKind = OperandForm['kind'];

export class RegionRegisters {
  readonly #e: Expressions;
  readonly #code: Code;
  readonly #ctx: Local;
  /** By byte offset in the context record. */
  readonly #locals = new Map<number, Local>();
  readonly #written = new Set<number>();

  constructor(e: Expressions, ctx: Local) {
    this.#e = e;
    this.#code = e.code;
    this.#ctx = ctx;
  }

  /** From the context record into the locals. Only now it is known which there are. */
  loadAll(): void {
    for (const [offset, local] of this.#locals)
      this.#code.set(local, load(wasmOp(`${local.type}.load`), this.#ctx, offset));
  }
  /** Those that were written, back into the context record. */
  writeBack(): void {
    for (const offset of this.#written) {
      const local = this.#locals.get(offset)!;
      this.#code.store(wasmOp(`${local.type}.store`), this.#ctx, offset, local);
    }
  }

  /** The whole register at an offset of the context record. */
  whole(offset: number): Local {
    let local = this.#locals.get(offset);
    if (local === undefined) {
      local = this.#code.local(offset >= context.CPU_XMM ? 'v128' : 'i64');
      this.#locals.set(offset, local);
    }
    return local;
  }
  #set(offset: number, value: Node): void {
    this.#code.set(this.whole(offset), value);
    this.#written.add(offset);
  }

  /** The low `width` bits of a register, pinned down. */
  read(kind: RegisterKind, width: Width, offset: number): Node {
    const e = this.#e;
    if (kind === 'mmx') return e.let(load(access.loadOp(width), this.#ctx, offset));
    if (kind === 'xmm') return e.let(this.#lowLane(this.whole(offset), width));
    const isHigh = (offset & 7) !== 0;
    const whole = this.whole(offset & ~7);
    if (width === 64) return e.let(whole);
    const low = e.narrow(isHigh ? e.shrU(whole, i64(8)) : whole);
    return e.let(e.cut(low, width));
  }
  /** Sets the low `width` bits as an instruction does. */
  write(kind: RegisterKind, width: Width, offset: number, value: Node): void {
    if (kind === 'mmx') {
      this.#code.store(access.storeOp(value.type, width), this.#ctx, offset, value);
      this.#code.store(I32_STORE16, this.#ctx, offset + 8, i32(0xffff));
    } else if (kind === 'xmm') this.#set(offset, this.#merged(this.whole(offset), width, value));
    else this.#writeGeneral(width, offset, value);
  }
  #writeGeneral(width: Width, offset: number, value: Node): void {
    const e = this.#e;
    const isHigh = (offset & 7) !== 0;
    const at = offset & ~7;
    if (width === 64) return this.#set(at, value);
    if (width === 32) return this.#set(at, e.zeroExtend(value, 32));
    const mask = width === 8 ? (isHigh ? 0xff00 : 0xff) : 0xffff;
    const bits = e.zeroExtend(value, width as 8 | 16);
    const placed = isHigh ? e.shl(bits, i64(8)) : bits;
    this.#set(at, e.or(e.and(this.whole(at), i64(~mask)), placed));
  }

  #lowLane(whole: Node, width: Width): Node {
    switch (width) {
      case 128:
        return whole;
      case 64:
        return this.#e.lane('i64x2.extract_lane', 0, whole);
      case 32:
        return this.#e.lane('i32x4.extract_lane', 0, whole);
      case 16:
        return this.#e.lane('i16x8.extract_lane_u', 0, whole);
      case 8:
        return this.#e.lane('i8x16.extract_lane_u', 0, whole);
    }
  }
  /** A vector whose low bits are replaced. */
  #merged(whole: Node, width: Width, value: Node): Node {
    const e = this.#e;
    switch (value.type) {
      case 'v128':
        return value;
      case 'f32':
        return e.lane('f32x4.replace_lane', 0, whole, value);
      case 'f64':
        return e.lane('f64x2.replace_lane', 0, whole, value);
      default: {
        const shape = width === 64 ? 'i64x2' : width === 32 ? 'i32x4' : width === 16 ? 'i16x8' : 'i8x16';
        const scalar = width === 64 ? value : e.narrow(value);
        return e.lane(`${shape}.replace_lane`, 0, whole, scalar);
      }
    }
  }
}
