/**
 * The WebAssembly instructions that the processor uses, by name: code, operand types and result type. Source: the
 * WebAssembly core specification 2.0, and its threads proposal for the atomic ones.
 */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export interface WasmOp {
  readonly name: string;
  /** The opcode as it stands in a function body, prefix included. */
  readonly bytes: readonly number[];
  readonly operands: readonly ValueType[];
  readonly result: ValueType | undefined;
  /** Bytes that a load or store touches; 0 for all others. */
  readonly accessBytes: number;
}

const TYPES: Readonly<Record<string, ValueType>> = { i: 'i32', l: 'i64', f: 'f32', d: 'f64', v: 'v128' };
const OPS = new Map<string, WasmOp>();

/** An instruction of the table; a name that is not there is a mistake in the caller. */
export function wasmOp(name: string): WasmOp {
  const op = OPS.get(name);
  if (op === undefined) throw new Error(`no WebAssembly instruction ${name}`);
  return op;
}

/** Signatures are letters: i i32, l i64, f f32, d f64, v v128; operands, then ':' and the result. */
function define(name: string, bytes: readonly number[], signature: string, accessBytes = 0): void {
  const [operands = '', result = ''] = signature.split(':');
  OPS.set(name, {
    name,
    bytes,
    operands: [...operands].map(letter => TYPES[letter]!),
    result: TYPES[result],
    accessBytes,
  });
}

/** Names in a row, from one opcode on. A '-' leaves a code out. */
function row(prefix: string, from: number, names: string, signature: string): void {
  for (const [i, name] of names.split(' ').entries())
    if (name !== '-') define(`${prefix}.${name}`, [from + i], signature);
}

const COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const ARITHMETIC = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr';
const FLOAT_COMPARE = 'eq ne lt gt le ge';
row('i32', 0x45, 'eqz', 'i:i');
row('i32', 0x46, COMPARE, 'ii:i');
row('i64', 0x50, 'eqz', 'l:i');
row('i64', 0x51, COMPARE, 'll:i');
row('f32', 0x5b, FLOAT_COMPARE, 'ff:i');
row('f64', 0x61, FLOAT_COMPARE, 'dd:i');
row('i32', 0x67, 'clz ctz popcnt', 'i:i');
row('i32', 0x6a, ARITHMETIC, 'ii:i');
row('i64', 0x79, 'clz ctz popcnt', 'l:l');
row('i64', 0x7c, ARITHMETIC, 'll:l');
row('f32', 0x8b, 'abs neg ceil floor trunc nearest sqrt', 'f:f');
row('f32', 0x92, 'add sub mul div min max copysign', 'ff:f');
row('f64', 0x99, 'abs neg ceil floor trunc nearest sqrt', 'd:d');
row('f64', 0xa0, 'add sub mul div min max copysign', 'dd:d');
define('i32.wrap_i64', [0xa7], 'l:i');
define('i64.extend_i32_s', [0xac], 'i:l');
define('i64.extend_i32_u', [0xad], 'i:l');
define('f32.convert_i32_s', [0xb2], 'i:f');
define('f32.convert_i64_s', [0xb4], 'l:f');
define('f32.demote_f64', [0xb6], 'd:f');
define('f64.convert_i32_s', [0xb7], 'i:d');
define('f64.convert_i64_s', [0xb9], 'l:d');
define('f64.promote_f32', [0xbb], 'f:d');
define('i32.reinterpret_f32', [0xbc], 'f:i');
define('i64.reinterpret_f64', [0xbd], 'd:l');
define('f32.reinterpret_i32', [0xbe], 'i:f');
define('f64.reinterpret_i64', [0xbf], 'l:d');
row('i32', 0xc0, 'extend8_s extend16_s', 'i:i');
row('i64', 0xc2, 'extend8_s extend16_s extend32_s', 'l:l');
for (const [i, name] of [
  'i32.trunc_sat_f32_s',
  '',
  'i32.trunc_sat_f64_s',
  '',
  'i64.trunc_sat_f32_s',
].entries())
  if (name !== '')
    define(name, [0xfc, i], `${name.includes('f32') ? 'f' : 'd'}:${name[1] === '3' ? 'i' : 'l'}`);
define('i64.trunc_sat_f64_s', [0xfc, 6], 'd:l');
define('memory.copy', [0xfc, 0x0a, 0, 0], 'iii:');
define('memory.fill', [0xfc, 0x0b, 0], 'iii:');
define('select', [0x1b], 'iii:i');
define('unreachable', [0x00], ':');
define('drop', [0x1a], 'i:');

for (const [code, name, signature, bytes] of [
  [0x28, 'i32.load', 'i:i', 4],
  [0x29, 'i64.load', 'i:l', 8],
  [0x2a, 'f32.load', 'i:f', 4],
  [0x2b, 'f64.load', 'i:d', 8],
  [0x2c, 'i32.load8_s', 'i:i', 1],
  [0x2d, 'i32.load8_u', 'i:i', 1],
  [0x2e, 'i32.load16_s', 'i:i', 2],
  [0x2f, 'i32.load16_u', 'i:i', 2],
  [0x30, 'i64.load8_s', 'i:l', 1],
  [0x31, 'i64.load8_u', 'i:l', 1],
  [0x32, 'i64.load16_s', 'i:l', 2],
  [0x33, 'i64.load16_u', 'i:l', 2],
  [0x34, 'i64.load32_s', 'i:l', 4],
  [0x35, 'i64.load32_u', 'i:l', 4],
  [0x36, 'i32.store', 'ii:', 4],
  [0x37, 'i64.store', 'il:', 8],
  [0x38, 'f32.store', 'if:', 4],
  [0x39, 'f64.store', 'id:', 8],
  [0x3a, 'i32.store8', 'ii:', 1],
  [0x3b, 'i32.store16', 'ii:', 2],
  [0x3c, 'i64.store8', 'il:', 1],
  [0x3d, 'i64.store16', 'il:', 2],
  [0x3e, 'i64.store32', 'il:', 4],
] as const)
  define(name, [code], signature, bytes);

/** rmw operations of the threads proposal: seven widths each. */
for (const [i, operation] of ['add', 'sub', 'and', 'or', 'xor', 'xchg', 'cmpxchg'].entries()) {
  const from = 0x1e + i * 7;
  const [short, long] = operation === 'cmpxchg' ? ['iii:i', 'ill:l'] : ['ii:i', 'il:l'];
  define(`i32.atomic.rmw.${operation}`, [0xfe, from], short, 4);
  define(`i64.atomic.rmw.${operation}`, [0xfe, from + 1], long, 8);
  define(`i32.atomic.rmw8.${operation}_u`, [0xfe, from + 2], short, 1);
  define(`i32.atomic.rmw16.${operation}_u`, [0xfe, from + 3], short, 2);
}
define('i32.atomic.load', [0xfe, 0x10], 'i:i', 4);
define('atomic.fence', [0xfe, 0x03, 0], ':');

/** Vector instructions: the code after 0xfd is a LEB128 number. */
function vector(prefix: string, from: number, names: string, signature: string, accessBytes = 0): void {
  for (const [i, name] of names.split(' ').entries()) {
    const code = from + i;
    const bytes = code < 0x80 ? [0xfd, code] : [0xfd, (code & 0x7f) | 0x80, code >> 7];
    if (name !== '-') define(`${prefix}.${name}`, bytes, signature, accessBytes);
  }
}
vector('v128', 0x00, 'load', 'i:v', 16);
vector('v128', 0x0b, 'store', 'iv:', 16);
vector('v128', 0x5c, 'load32_zero', 'i:v', 4);
vector('v128', 0x5d, 'load64_zero', 'i:v', 8);
vector('v128', 0x0c, 'const', ':v');
vector('i8x16', 0x0d, 'shuffle swizzle', 'vv:v');
for (const [i, [shape, letter]] of [
  ['i8x16', 'i'],
  ['i16x8', 'i'],
  ['i32x4', 'i'],
  ['i64x2', 'l'],
  ['f32x4', 'f'],
  ['f64x2', 'd'],
].entries())
  vector(shape!, 0x0f + i, 'splat', `${letter}:v`);
vector('i8x16', 0x15, 'extract_lane_s extract_lane_u', 'v:i');
vector('i8x16', 0x17, 'replace_lane', 'vi:v');
vector('i16x8', 0x18, 'extract_lane_s extract_lane_u', 'v:i');
vector('i16x8', 0x1a, 'replace_lane', 'vi:v');
vector('i32x4', 0x1b, 'extract_lane', 'v:i');
vector('i32x4', 0x1c, 'replace_lane', 'vi:v');
vector('i64x2', 0x1d, 'extract_lane', 'v:l');
vector('i64x2', 0x1e, 'replace_lane', 'vl:v');
vector('f32x4', 0x1f, 'extract_lane', 'v:f');
vector('f32x4', 0x20, 'replace_lane', 'vf:v');
vector('f64x2', 0x21, 'extract_lane', 'v:d');
vector('f64x2', 0x22, 'replace_lane', 'vd:v');
vector('i8x16', 0x23, COMPARE, 'vv:v');
vector('i16x8', 0x2d, COMPARE, 'vv:v');
vector('i32x4', 0x37, COMPARE, 'vv:v');
vector('f32x4', 0x41, FLOAT_COMPARE, 'vv:v');
vector('f64x2', 0x47, FLOAT_COMPARE, 'vv:v');
vector('v128', 0x4d, 'not', 'v:v');
vector('v128', 0x4e, 'and andnot or xor', 'vv:v');
vector('v128', 0x52, 'bitselect', 'vvv:v');
vector('v128', 0x53, 'any_true', 'v:i');
vector('f32x4', 0x5e, 'demote_f64x2_zero', 'v:v');
vector('f64x2', 0x5f, 'promote_low_f32x4', 'v:v');
vector('i8x16', 0x60, 'abs neg popcnt', 'v:v');
vector('i8x16', 0x63, 'all_true bitmask', 'v:i');
vector('i8x16', 0x65, 'narrow_i16x8_s narrow_i16x8_u', 'vv:v');
vector('f32x4', 0x67, 'ceil floor trunc nearest', 'v:v');
vector('i8x16', 0x6b, 'shl shr_s shr_u', 'vi:v');
vector('i8x16', 0x6e, 'add add_sat_s add_sat_u sub sub_sat_s sub_sat_u', 'vv:v');
vector('f64x2', 0x74, 'ceil floor', 'v:v');
vector('i8x16', 0x76, 'min_s min_u max_s max_u', 'vv:v');
vector('f64x2', 0x7a, 'trunc', 'v:v');
vector('i8x16', 0x7b, 'avgr_u', 'vv:v');
vector('i16x8', 0x7c, 'extadd_pairwise_i8x16_s extadd_pairwise_i8x16_u', 'v:v');
vector('i32x4', 0x7e, 'extadd_pairwise_i16x8_s extadd_pairwise_i16x8_u', 'v:v');
vector('i16x8', 0x80, 'abs neg', 'v:v');
vector('i16x8', 0x82, 'q15mulr_sat_s', 'vv:v');
vector('i16x8', 0x83, 'all_true bitmask', 'v:i');
vector('i16x8', 0x85, 'narrow_i32x4_s narrow_i32x4_u', 'vv:v');
vector('i16x8', 0x87, 'extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u', 'v:v');
vector('i16x8', 0x8b, 'shl shr_s shr_u', 'vi:v');
vector('i16x8', 0x8e, 'add add_sat_s add_sat_u sub sub_sat_s sub_sat_u', 'vv:v');
vector('f64x2', 0x94, 'nearest', 'v:v');
vector('i16x8', 0x95, 'mul min_s min_u max_s max_u - avgr_u', 'vv:v');
const WIDE_MULTIPLY = (from: string): string =>
  ['low', 'high'].map(half => `extmul_${half}_${from}_s`).join(' ') +
  ' ' +
  ['low', 'high'].map(half => `extmul_${half}_${from}_u`).join(' ');
vector('i16x8', 0x9c, WIDE_MULTIPLY('i8x16'), 'vv:v');
vector('i32x4', 0xa0, 'abs neg', 'v:v');
vector('i32x4', 0xa3, 'all_true bitmask', 'v:i');
vector('i32x4', 0xa7, 'extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u', 'v:v');
vector('i32x4', 0xab, 'shl shr_s shr_u', 'vi:v');
vector('i32x4', 0xae, 'add - - sub - - - mul min_s min_u max_s max_u dot_i16x8_s', 'vv:v');
vector('i32x4', 0xbc, WIDE_MULTIPLY('i16x8'), 'vv:v');
vector('i64x2', 0xc0, 'abs neg', 'v:v');
vector('i64x2', 0xc3, 'all_true bitmask', 'v:i');
vector('i64x2', 0xc7, 'extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u', 'v:v');
vector('i64x2', 0xcb, 'shl shr_s shr_u', 'vi:v');
vector('i64x2', 0xce, 'add - - sub - - - mul eq ne lt_s gt_s le_s ge_s', 'vv:v');
vector('i64x2', 0xdc, WIDE_MULTIPLY('i32x4'), 'vv:v');
vector('f32x4', 0xe0, 'abs neg - sqrt', 'v:v');
vector('f32x4', 0xe4, 'add sub mul div min max pmin pmax', 'vv:v');
vector('f64x2', 0xec, 'abs neg - sqrt', 'v:v');
vector('f64x2', 0xf0, 'add sub mul div min max pmin pmax', 'vv:v');
vector('i32x4', 0xf8, 'trunc_sat_f32x4_s', 'v:v');
vector('f32x4', 0xfa, 'convert_i32x4_s', 'v:v');
vector('i32x4', 0xfc, 'trunc_sat_f64x2_s_zero', 'v:v');
vector('f64x2', 0xfe, 'convert_low_i32x4_s', 'v:v');
