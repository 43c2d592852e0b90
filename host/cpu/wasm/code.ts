/** Code: the body of one WebAssembly function, written statement by statement. */
import type { Local, Node } from './node.ts';
import type { ValueType, WasmOp } from './ops.ts';
import { Bytes } from './bytes.ts';
import { makeLocal } from './node.ts';

const TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
const EMPTY = 0x40;

export function typeCode(type: ValueType): number {
  return TYPE_CODES[type];
}

/** A block or loop that may be branched to: its depth. */
export type Label = number & { readonly __brand: 'Label' };

export class Code {
  #out = new Bytes();
  /** What comes before everything else; written last. */
  readonly #prologue = new Bytes();
  readonly #parameters: readonly ValueType[];
  readonly #types: ValueType[] = [];
  /** Temporary locals that nobody uses now, by type. */
  readonly #free: Record<ValueType, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  readonly #temporaries: Local[] = [];
  #depth = 0;

  constructor(parameters: readonly ValueType[]) {
    this.#parameters = parameters;
  }

  parameter(index: number): Local {
    return makeLocal(this.#parameters[index]!, index);
  }
  /** A local that lives as long as the function. */
  local(type: ValueType): Local {
    this.#types.push(type);
    return makeLocal(type, this.#parameters.length + this.#types.length - 1);
  }
  /** A local that lives until `releaseTemporaries`. Its value is unspecified until it is set. */
  temporary(type: ValueType): Local {
    const local = this.#free[type].pop() ?? this.local(type);
    this.#temporaries.push(local);
    return local;
  }
  releaseTemporaries(): void {
    for (const local of this.#temporaries) this.#free[local.type].push(local);
    this.#temporaries.length = 0;
  }
  /** Computes a node now, once; the result may be used any number of times. */
  let(node: Node): Node {
    if (node.kind === 'constant') return node;
    const local = this.temporary(node.type);
    this.set(local, node);
    return local;
  }

  set(local: Local, value: Node): void {
    this.#node(value);
    this.#out.byte(0x21);
    this.#out.unsigned(local.immediate);
  }
  /** A store; address and value as nodes. */
  store(op: WasmOp, address: Node, offset: number, value: Node): void {
    this.#node(address);
    this.#node(value);
    this.#access(op, offset);
  }
  /** Any instruction without result. */
  do(op: WasmOp, ...operands: readonly Node[]): void {
    for (const operand of operands) this.#node(operand);
    this.#out.append(op.bytes);
  }
  /** An atomic read-modify-write; its result, the old value, in a temporary. */
  atomic(op: WasmOp, address: Node, offset: number, value: Node, replacement?: Node): Node {
    this.#node(address);
    this.#node(value);
    if (replacement) this.#node(replacement);
    this.#access(op, offset);
    const old = this.temporary(op.result!);
    this.#out.byte(0x21);
    this.#out.unsigned(old.immediate);
    return old;
  }

  /** Writes statements (outside of all blocks) that come before everything written so far. Once. */
  prologue(write: () => void): void {
    const body = this.#out;
    this.#out = this.#prologue;
    write();
    this.#out = body;
  }

  block(body: (label: Label) => void): void {
    this.#out.byte(0x02);
    this.#nested(body);
  }
  loop(body: (label: Label) => void): void {
    this.#out.byte(0x03);
    this.#nested(body);
  }
  if(condition: Node, then: (label: Label) => void, otherwise?: () => void): void {
    this.#node(condition);
    this.#out.byte(0x04);
    this.#out.byte(EMPTY);
    const label = ++this.#depth as Label;
    then(label);
    if (otherwise) {
      this.#out.byte(0x05);
      otherwise();
    }
    this.#depth--;
    this.#out.byte(0x0b);
  }
  /** To the end of a block, or to the beginning of a loop. */
  branch(label: Label): void {
    this.#out.byte(0x0c);
    this.#out.unsigned(this.#depth - label);
  }
  branchIf(label: Label, condition: Node): void {
    this.#node(condition);
    this.#out.byte(0x0d);
    this.#out.unsigned(this.#depth - label);
  }
  return(...values: readonly Node[]): void {
    for (const value of values) this.#node(value);
    this.#out.byte(0x0f);
  }
  returnCall(index: number, ...operands: readonly Node[]): void {
    for (const operand of operands) this.#node(operand);
    this.#out.byte(0x12);
    this.#out.unsigned(index);
  }
  /** Tail call of table 0's element `index`. */
  returnCallIndirect(type: number, index: Node, ...operands: readonly Node[]): void {
    for (const operand of operands) this.#node(operand);
    this.#node(index);
    this.#out.byte(0x13);
    this.#out.unsigned(type);
    this.#out.byte(0);
  }
  /** Call of table 0's element `index`; the i32 result in `into`. */
  callIndirect(into: Local, type: number, index: Node, ...operands: readonly Node[]): void {
    for (const operand of operands) this.#node(operand);
    this.#node(index);
    this.#out.byte(0x11);
    this.#out.unsigned(type);
    this.#out.byte(0);
    this.#out.byte(0x21);
    this.#out.unsigned(into.immediate);
  }
  unreachable(): void {
    this.#out.byte(0x00);
  }

  /** The body as the code section wants it: declarations of locals, instructions, end. */
  finish(into: Bytes): void {
    const head = new Bytes();
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#types) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    head.unsigned(runs.length);
    for (const { type, count } of runs) {
      head.unsigned(count);
      head.byte(typeCode(type));
    }
    into.unsigned(head.length + this.#prologue.length + this.#out.length + 1);
    into.append(head.view());
    into.append(this.#prologue.view());
    into.append(this.#out.view());
    into.byte(0x0b);
  }

  #nested(body: (label: Label) => void): void {
    this.#out.byte(EMPTY);
    body(++this.#depth as Label);
    this.#depth--;
    this.#out.byte(0x0b);
  }
  #access(op: WasmOp, offset: number): void {
    this.#out.append(op.bytes);
    // Alignment is a hint for plain accesses and must be the natural one for atomics.
    this.#out.byte(op.bytes[0] === 0xfe ? 31 - Math.clz32(op.accessBytes) : 0);
    this.#out.unsigned(offset);
  }
  #node(node: Node): void {
    const out = this.#out;
    switch (node.kind) {
      case 'local':
        out.byte(0x20);
        out.unsigned(node.immediate);
        return;
      case 'constant':
        if (node.type === 'i32') {
          out.byte(0x41);
          out.signed(node.immediate);
        } else {
          out.byte(0x42);
          if (node.wide === undefined) out.signed53(node.immediate);
          else out.signed64(node.wide as bigint);
        }
        return;
      case 'select':
        this.#node(node.a!);
        this.#node(node.b!);
        this.#node(node.c!);
        if (node.type === 'v128') {
          out.append([0x1c, 1, typeCode('v128')]);
        } else out.byte(0x1b);
        return;
      default:
    }
    if (node.a) this.#node(node.a);
    if (node.b) this.#node(node.b);
    if (node.c) this.#node(node.c);
    if (node.d) this.#node(node.d);
    switch (node.kind) {
      case 'load':
        this.#access(node.op!, node.immediate);
        return;
      case 'lane':
        out.append(node.op!.bytes);
        out.byte(node.immediate);
        return;
      case 'lanes':
        out.append(node.op!.bytes);
        out.append(node.wide as Uint8Array);
        return;
      case 'call':
        out.byte(0x10);
        out.unsigned(node.immediate);
        return;
      default:
        out.append(node.op!.bytes);
    }
  }
}
