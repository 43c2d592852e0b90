/**
 * Decoder: from bytes to a form of the instruction table and the numbers that belong to it. Source: SDM volume 2,
 * chapter 2. 64-bit mode only.
 */
import type { Form, FormEntry } from './form.ts';
import type { Row } from './table/row.ts';
import {
  CPU_FS_BASE,
  CPU_GPR,
  CPU_GS_BASE,
  CPU_X87,
  CPU_XMM,
  CPU_ZERO,
} from '../../kernel/abi/cpu-context.ts';
import {
  REGISTER_BYTE,
  REGISTER_GENERAL,
  REGISTER_MMX,
  REGISTER_XMM,
  STEP_FIXED,
  STEP_IMMEDIATE,
  STEP_MOFFS,
  STEP_OPCODE,
  STEP_REG,
  STEP_RELATIVE,
  STEP_RM,
  expandRow,
} from './form.ts';

export const MAX_LENGTH = 15;

/** What decode says. */
export const DECODED = 0;
/** The bytes end before the instruction does. */
export const SHORT = 1;
/** No row of the table: #UD. */
export const UNKNOWN = 2;
/** Longer than 15 bytes: #GP. */
export const TOO_LONG = 3;

/** A decoded instruction. The decoder fills the same object again and again. */
export class Instruction {
  form: Form = undefined as never;
  pc = 0;
  length = 0;
  modrm = 0;
  /** Per operand: a register's byte offset in the context record, a segment register's number, an immediate's low word. */
  readonly values: number[] = [0, 0, 0, 0];
  /** Upper word of the (only) 64-bit immediate, or of an immediate's sign extension. */
  immediateHigh = 0;
  /** Memory operand: byte offsets in the context record of its segment base, base and index (CPU_ZERO: none). */
  segment = CPU_ZERO;
  base = CPU_ZERO;
  index = CPU_ZERO;
  /** 0 … 3 */
  scale = 0;
  /** Displacement, or the absolute address (RIP-relative, moffs), which has an upper word too. */
  displacement = 0;
  displacementHigh = 0;
  isAddress32 = false;

  get next(): number {
    return this.pc + this.length;
  }
}

const CLASSES = ['np', '66', 'f2', 'f3'] as const;

/**
 * Where the forms of each row are: their numbers, and the rows of each opcode. Plain data: expanding all rows takes a
 * while, so it is done when the interpreter is built, and later only the rows of opcodes that are met are expanded.
 */
export interface FormIndex {
  /** By row: the number of its first form; at the end the number of forms. */
  readonly firstIds: readonly number[];
  /** [map * 256 + opcode, rows] */
  readonly opcodes: readonly (readonly [number, readonly number[]])[];
}

export function indexForms(rows: readonly Row[]): FormIndex {
  const firstIds = [0];
  const opcodes = new Map<number, number[]>();
  for (const [i, row] of rows.entries()) {
    const entries = expandRow(row, firstIds[i]!);
    firstIds.push(firstIds[i]! + entries.length);
    for (const key of keysOf(entries[0]!)) {
      const known = opcodes.get(key);
      if (known) known.push(i);
      else opcodes.set(key, [i]);
    }
  }
  return { firstIds, opcodes: [...opcodes] };
}

function keysOf({ encoding: { map, opcode, isOpcodeRegister } }: FormEntry): number[] {
  return Array.from({ length: isOpcodeRegister ? 8 : 1 }, (_, i) => map * 256 + opcode + i);
}

/** All that begins with one opcode. */
interface Opcode {
  readonly rows: readonly number[];
  /** The forms of its rows; undefined until the opcode is met. */
  entries: readonly FormEntry[] | undefined;
  hasModrm: boolean;
  /** Three of ModRM's bits belong to the opcode. */
  hasExtension: boolean;
  chosen: Choices;
  /** The same for each ModRM byte that has rows of its own. */
  fixed: Map<number, Choices> | undefined;
}
/** What `choose` has said, by what it was asked; null: there is no such instruction. */
type Choices = (Form | null | undefined)[];
const CHOICE_MEMORY = 1;
const CHOICE_LOCK = 1 << 1;
const CHOICE_ADDRESS32 = 1 << 2;
const CHOICE_REX_B = 1 << 3;
const CHOICE_SIZE_SHIFT = 4;
const CHOICE_CLASS_SHIFT = 6;
const CHOICE_EXTENSION_SHIFT = 8;
const CHOICES = 1 << CHOICE_EXTENSION_SHIFT;
const NO_CHOICES: Choices = [];

export class Decoder {
  readonly #rows: readonly Row[];
  readonly #firstIds: readonly number[];
  /** By map * 256 + opcode. */
  readonly #opcodes: (Opcode | undefined)[] = [];

  constructor(rows: readonly Row[], index: FormIndex = indexForms(rows)) {
    this.#rows = rows;
    this.#firstIds = index.firstIds;
    for (const [key, rowsOfKey] of index.opcodes)
      this.#opcodes[key] = {
        rows: rowsOfKey,
        entries: undefined,
        hasModrm: false,
        hasExtension: false,
        chosen: NO_CHOICES,
        fixed: undefined,
      };
  }

  get formCount(): number {
    return this.#firstIds.at(-1)!;
  }
  /** All forms, in the order of their numbers. */
  allForms(): Form[] {
    return this.#rows.flatMap((row, i) => expandRow(row, this.#firstIds[i]!).map(({ form }) => form));
  }

  #expand(opcode: Opcode): void {
    const entries = opcode.rows.flatMap(i => expandRow(this.#rows[i]!, this.#firstIds[i]!));
    opcode.entries = entries;
    opcode.hasExtension = entries.some(({ encoding }) => encoding.extension >= 0);
    opcode.chosen = new Array<undefined>(opcode.hasExtension ? CHOICES * 8 : CHOICES);
    for (const { encoding } of entries) {
      opcode.hasModrm ||= encoding.hasModrm;
      if (encoding.fixedModrm < 0) continue;
      opcode.fixed ??= new Map();
      if (!opcode.fixed.has(encoding.fixedModrm)) opcode.fixed.set(encoding.fixedModrm, new Array(CHOICES));
    }
  }

  /**
   * Decodes the instruction at `at` in `bytes`, of which `available` bytes may be read. `pc` is its address (below
   * 2^32). Fills `into` when the answer is DECODED; `into.length` is what was consumed in any case.
   */
  decode(bytes: Uint8Array, at: number, available: number, pc: number, into: Instruction): number {
    const limit = Math.min(available, MAX_LENGTH);
    const short = available >= MAX_LENGTH ? TOO_LONG : SHORT;
    let p = at;
    const end = at + limit;
    let has66 = false;
    let repeat = 0;
    let isLocked = false;
    let segment = CPU_ZERO;
    let isAddress32 = false;
    let rex = 0;
    let byte: number;
    for (;;) {
      if (p >= end) return short;
      byte = bytes[p++]!;
      if (byte === 0x66) has66 = true;
      else if (byte === 0x67) isAddress32 = true;
      else if (byte === 0xf2 || byte === 0xf3) repeat = byte;
      else if (byte === 0xf0) isLocked = true;
      else if (byte === 0x64) segment = CPU_FS_BASE;
      else if (byte === 0x65) segment = CPU_GS_BASE;
      else if (byte === 0x2e || byte === 0x36 || byte === 0x3e || byte === 0x26) {
        // Null prefixes in 64-bit mode: they leave an fs or gs before them in force.
      } else if ((byte & 0xf0) === 0x40) {
        rex = byte;
        continue; // a REX prefix counts only directly before the opcode
      } else break;
      rex = 0;
    }
    let map = 0;
    if (byte === 0x0f) {
      if (p >= end) return short;
      byte = bytes[p++]!;
      map = 1;
      if (byte === 0x38 || byte === 0x3a) {
        map = byte === 0x38 ? 2 : 3;
        if (p >= end) return short;
        byte = bytes[p++]!;
      }
    }
    into.length = p - at;
    into.pc = pc;
    const opcode = this.#opcodes[map * 256 + byte];
    if (opcode === undefined) return UNKNOWN;
    if (opcode.entries === undefined) this.#expand(opcode);
    let modrm = 0;
    let { chosen } = opcode;
    const { hasModrm, fixed } = opcode;
    let isFixed = false;
    if (hasModrm) {
      if (p >= end) return short;
      modrm = bytes[p++]!;
      const own = fixed === undefined ? undefined : fixed.get(modrm);
      if (own !== undefined) {
        chosen = own;
        isFixed = true;
      }
    }
    const sizeIndex = (rex & 8) !== 0 ? 2 : has66 ? 0 : 1;
    const isMemory = hasModrm && modrm < 0xc0;
    const extension = (modrm >> 3) & 7;
    // f2 and f3 win over 66.
    const classIndex = repeat === 0xf3 ? 3 : repeat === 0xf2 ? 2 : has66 ? 1 : 0;
    const choice =
      (isMemory ? CHOICE_MEMORY : 0) |
      (isLocked ? CHOICE_LOCK : 0) |
      (isAddress32 ? CHOICE_ADDRESS32 : 0) |
      ((rex & 1) !== 0 ? CHOICE_REX_B : 0) |
      (sizeIndex << CHOICE_SIZE_SHIFT) |
      (classIndex << CHOICE_CLASS_SHIFT) |
      (opcode.hasExtension && !isFixed ? extension << CHOICE_EXTENSION_SHIFT : 0);
    let form = chosen[choice];
    if (form === undefined) {
      form = choose(opcode.entries!, choice, isFixed ? modrm : -1) ?? null;
      chosen[choice] = form;
    }
    if (form === null) return UNKNOWN;

    into.form = form;
    into.modrm = modrm;
    into.segment = segment;
    into.isAddress32 = isAddress32;
    into.base = CPU_ZERO;
    into.index = CPU_ZERO;
    into.scale = 0;
    into.displacement = 0;
    into.displacementHigh = 0;
    into.immediateHigh = 0;
    let isRipRelative = false;
    if (isMemory) {
      const mod = modrm >> 6;
      let rm = modrm & 7;
      let displacementBytes = mod === 1 ? 1 : mod === 2 ? 4 : 0;
      if (rm === 4) {
        if (p >= end) return short;
        const sib = bytes[p++]!;
        const index = ((sib >> 3) & 7) | ((rex & 2) << 2);
        if (index !== 4) {
          into.index = CPU_GPR + index * 8;
          into.scale = sib >> 6;
        }
        rm = sib & 7;
        if (rm === 5 && mod === 0) displacementBytes = 4;
        else into.base = CPU_GPR + (rm | ((rex & 1) << 3)) * 8;
      } else if (rm === 5 && mod === 0) {
        displacementBytes = 4;
        isRipRelative = true;
      } else {
        into.base = CPU_GPR + (rm | ((rex & 1) << 3)) * 8;
      }
      if (p + displacementBytes > end) return short;
      if (displacementBytes === 1) into.displacement = (bytes[p]! << 24) >> 24;
      else if (displacementBytes === 4) into.displacement = read32(bytes, p);
      into.displacementHigh = into.displacement >> 31;
      p += displacementBytes;
    }
    if (p + form.immediateBytes > end) return short;
    const next = pc + (p + form.immediateBytes - at);
    const { steps } = form;
    const { values } = into;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      const detail = step >> 8;
      switch (step & 15) {
        case STEP_FIXED:
          values[i] = detail;
          break;
        case STEP_REG:
          values[i] = register(step, extension | ((rex & 4) << 1), rex);
          break;
        case STEP_OPCODE:
          values[i] = register(step, (byte & 7) | ((rex & 1) << 3), rex);
          break;
        case STEP_RM:
          values[i] = register(step, (modrm & 7) | ((rex & 1) << 3), rex);
          break;
        case STEP_IMMEDIATE:
        case STEP_RELATIVE: {
          const value =
            detail === 1
              ? (bytes[p]! << 24) >> 24
              : detail === 2
                ? ((bytes[p]! | (bytes[p + 1]! << 8)) << 16) >> 16
                : read32(bytes, p);
          if ((step & 15) === STEP_RELATIVE) {
            const target = next + value;
            values[i] = target | 0;
            into.immediateHigh = Math.floor(target / 2 ** 32);
          } else {
            values[i] = value;
            into.immediateHigh = detail === 8 ? read32(bytes, p + 4) : value >> 31;
          }
          p += detail;
          break;
        }
        case STEP_MOFFS:
          into.displacement = read32(bytes, p);
          into.displacementHigh = isAddress32 ? 0 : read32(bytes, p + 4);
          p += isAddress32 ? 4 : 8;
          break;
      }
    }
    into.length = p - at;
    if (isRipRelative) {
      const address = pc + into.length + into.displacement;
      into.displacement = address | 0;
      into.displacementHigh = Math.floor(address / 2 ** 32);
    }
    return DECODED;
  }
}

/** The form for what was met. A row that demands its prefix wins over one that does not. */
function choose(entries: readonly FormEntry[], choice: number, fixedModrm: number): Form | undefined {
  const has = (bit: number): boolean => (choice & bit) !== 0;
  const size = (choice >> CHOICE_SIZE_SHIFT) & 3;
  const prefix = CLASSES[(choice >> CHOICE_CLASS_SHIFT) & 3]!;
  const extension = choice >> CHOICE_EXTENSION_SHIFT;
  let matching = entries.filter(
    ({ form, encoding, sizeIndices, isMemory }) =>
      (encoding.prefix === prefix || encoding.prefix === 'any') &&
      encoding.fixedModrm === fixedModrm &&
      (form.row.repeat === undefined || isRepeated(form, prefix)) &&
      sizeIndices.includes(size) &&
      (encoding.extension < 0 || encoding.extension === extension) &&
      (!encoding.hasModrm || fixedModrm >= 0 || isMemory === has(CHOICE_MEMORY)),
  );
  if (matching.some(({ encoding }) => encoding.prefix === prefix))
    matching = matching.filter(({ encoding }) => encoding.prefix === prefix);
  let best: Form | undefined;
  for (const { form, encoding } of matching) {
    if (form.isLocked !== has(CHOICE_LOCK) || (encoding.excludesRexB && has(CHOICE_REX_B))) continue;
    if (form.addressSize === (has(CHOICE_ADDRESS32) ? 32 : 64)) return form;
    best ??= form;
  }
  return best;
}

/** The prefix decides which of the repeated forms of a row it is. */
function isRepeated({ row, repeat }: Form, prefix: (typeof CLASSES)[number]): boolean {
  if (prefix !== 'f3' && prefix !== 'f2') return repeat === 'none';
  return repeat === (prefix === 'f3' || row.repeat === 'rep' ? 'repz' : 'repnz');
}

function read32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Where the register of a step stands in the context record. */
function register(step: number, number: number, rex: number): number {
  switch ((step >> 4) & 15) {
    case REGISTER_GENERAL:
      return CPU_GPR + number * 8;
    case REGISTER_BYTE:
      // Without REX, 4 to 7 are ah, ch, dh, bh.
      return rex === 0 && number >= 4 ? CPU_GPR + (number - 4) * 8 + 1 : CPU_GPR + number * 8;
    case REGISTER_XMM:
      return CPU_XMM + number * 16;
    case REGISTER_MMX:
      return CPU_X87 + (number & 7) * 16;
    default:
      return number & 7;
  }
}
