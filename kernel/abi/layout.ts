/**
 * Layouts of guest structs. A layout is declared with its offsets written out, because they are ABI, and compiled
 * once into straight-line readers and writers over bytes. Kernel and userland share the same declarations, as C
 * programs and the kernel share uapi headers.
 *
 *   export const Timespec = layout('timespec', 16, { sec: [0, 'i64'], nsec: [8, 'i64'] });
 *   const bytes = Timespec.encode({ sec: 1, nsec: 2 });
 *   const { sec } = Timespec.decode(bytes);
 *
 * Numbers: 'i64' and 'u64' are `number` (sizes, offsets, times in seconds: safe integers; a field that a hostile
 * guest filled with more is rounded and must be range-checked by its user); 'b64' is an opaque word as `bigint`.
 */

export type FieldType = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'u64' | 'i64' | 'b64' | 'f64';
/** [offset, type] or, for a byte array (`char name[65]`), [offset, 'bytes', length]. */
export type Field = readonly [number, FieldType] | readonly [number, 'bytes', number];
export type Fields = Record<string, Field>;

type ValueOf<F extends Field> = F[1] extends 'bytes' ? Uint8Array : F[1] extends 'b64' ? bigint : number;
export type Struct<S extends Fields> = { [K in keyof S]: ValueOf<S[K]> };

export interface Layout<S extends Fields> {
  readonly name: string;
  readonly size: number;
  readonly fields: S;
  /** The struct's bytes; fields that are not given are zero. Byte arrays are cut to their length. */
  encode(value: Partial<Struct<S>>): Uint8Array<ArrayBuffer>;
  /** Writes the struct at `offset` of `bytes`; fields that are not given become zero. */
  encodeInto(bytes: Uint8Array, offset: number, value: Partial<Struct<S>>): void;
  /** Reads the struct at `offset`. Byte arrays are copies. The bytes must be a private copy of guest memory. */
  decode(bytes: Uint8Array, offset?: number): Struct<S>;
}

const POW32 = 2 ** 32;

/** Reads a signed 64-bit integer as a number; exact within ±2^53. */
export function readI64(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * POW32 + view.getUint32(offset, true);
}

/** Reads an unsigned 64-bit integer as a number; exact below 2^53. */
export function readU64(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * POW32 + view.getUint32(offset, true);
}

/** Writes a 64-bit integer (either sign) from a number, modulo 2^64. */
export function write64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setInt32(offset + 4, Math.floor(value / POW32) | 0, true);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writeField(view: DataView, bytes: Uint8Array, at: number, field: Field, value: unknown): void {
  switch (field[1]) {
    case 'u8':
    case 'i8':
      return view.setUint8(at, value as number);
    case 'u16':
    case 'i16':
      return view.setUint16(at, value as number, true);
    case 'u32':
    case 'i32':
      return view.setUint32(at, value as number, true);
    case 'u64':
    case 'i64':
      return write64(view, at, value as number);
    case 'b64':
      return view.setBigUint64(at, BigInt.asUintN(64, value as bigint), true);
    case 'f64':
      return view.setFloat64(at, value as number, true);
    case 'bytes':
      bytes.set((value as Uint8Array).subarray(0, field[2]), at);
  }
}

function readField(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  field: Field,
): number | bigint | Uint8Array {
  switch (field[1]) {
    case 'u8':
      return view.getUint8(at);
    case 'i8':
      return view.getInt8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'i16':
      return view.getInt16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'i32':
      return view.getInt32(at, true);
    case 'u64':
      return readU64(view, at);
    case 'i64':
      return readI64(view, at);
    case 'b64':
      return view.getBigUint64(at, true);
    case 'f64':
      return view.getFloat64(at, true);
    case 'bytes':
      return bytes.slice(at, at + field[2]);
  }
}

/** Declares the layout of a guest struct. */
export function layout<const S extends Fields>(name: string, size: number, fields: S): Layout<S> {
  const entries = Object.entries(fields);
  const encodeInto = (bytes: Uint8Array, offset: number, value: Partial<Struct<S>>): void => {
    const view = viewOf(bytes);
    bytes.fill(0, offset, offset + size);
    for (const [key, field] of entries) {
      const v = value[key];
      if (v !== undefined) writeField(view, bytes, offset + field[0], field, v);
    }
  };
  return {
    name,
    size,
    fields,
    encodeInto,
    encode(value) {
      const bytes = new Uint8Array(size);
      encodeInto(bytes, 0, value);
      return bytes;
    },
    decode(bytes, offset = 0) {
      const view = viewOf(bytes);
      const out: Record<string, number | bigint | Uint8Array> = {};
      for (const [key, field] of entries) out[key] = readField(view, bytes, offset + field[0], field);
      return out as Struct<S>;
    },
  };
}
