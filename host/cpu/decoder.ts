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
import { expandRow } from './form.ts';

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

/** Forms by prefix class (np, 66, f2, f3), then operand-size index, extension and shape. */
interface Slots {
  readonly entries: (FormEntry[] | undefined)[];
  /** What `choose` has said before, by slot and its other arguments. */
  readonly chosen: (Form | null | undefined)[];
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
  isExpanded: boolean;
  hasModrm: boolean;
  readonly slots: Slots;
  /** Rows with a fixed ModRM byte, by that byte. */
  fixed: Map<number, Slots> | undefined;
}

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
        isExpanded: false,
        hasModrm: false,
        slots: newSlots(),
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
    opcode.isExpanded = true;
    for (const i of opcode.rows) {
      for (const entry of expandRow(this.#rows[i]!, this.#firstIds[i]!)) {
        const { fixedModrm, hasModrm } = entry.encoding;
        opcode.hasModrm ||= hasModrm;
        if (fixedModrm < 0) this.#fill(opcode.slots, entry);
        else {
          opcode.fixed ??= new Map();
          let slots = opcode.fixed.get(fixedModrm);
          if (!slots) opcode.fixed.set(fixedModrm, (slots = newSlots()));
          this.#fill(slots, entry);
        }
      }
    }
  }

  /** Enters a form at all places where it is found. A row that demands its prefix wins over one that does not. */
  #fill(slots: Slots, entry: FormEntry): void {
    const { encoding, form } = entry;
    for (const [classIndex, name] of CLASSES.entries()) {
      const isDemanded = encoding.prefix === name;
      if (!isDemanded && encoding.prefix !== 'any') continue;
      if (form.row.repeat !== undefined) {
        // The prefix decides which of the repeated forms it is.
        const repeat = name === 'f3' ? 'repz' : name === 'f2' ? 'repnz' : 'none';
        const matches =
          form.repeat === repeat || (form.row.repeat === 'rep' && name === 'f2' && form.repeat === 'repz');
        if (!matches) continue;
      }
      for (const size of entry.sizeIndices)
        for (let extension = 0; extension < 8; extension++) {
          if (encoding.extension >= 0 && encoding.extension !== extension) continue;
          for (const isMemory of encoding.hasModrm && encoding.fixedModrm < 0
            ? [entry.isMemory]
            : [false, true]) {
            const slot = slotIndex(classIndex, size, extension, isMemory);
            const found = slots.entries[slot];
            if (found === undefined || (isDemanded && found[0]!.encoding.prefix === 'any'))
              slots.entries[slot] = [entry];
            else if (isDemanded || found[0]!.encoding.prefix === 'any') found.push(entry);
          }
        }
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
    if (!opcode.isExpanded) this.#expand(opcode);
    let modrm = 0;
    let { slots } = opcode;
    const { hasModrm } = opcode;
    if (hasModrm) {
      if (p >= end) return short;
      modrm = bytes[p++]!;
      if (opcode.fixed !== undefined) slots = opcode.fixed.get(modrm) ?? slots;
    }
    const sizeIndex = (rex & 8) !== 0 ? 2 : has66 ? 0 : 1;
    const isMemory = hasModrm && modrm < 0xc0;
    const extension = (modrm >> 3) & 7;
    // f2 and f3 win over 66.
    const classIndex = repeat === 0xf3 ? 3 : repeat === 0xf2 ? 2 : has66 ? 1 : 0;
    const slot = slotIndex(classIndex, sizeIndex, extension, isMemory);
    const variant = (isLocked ? 1 : 0) | (isAddress32 ? 2 : 0) | ((rex & 1) << 2);
    let form = slots.chosen[slot * 8 + variant];
    if (form === undefined) {
      form = choose(slots.entries[slot], isLocked, isAddress32, (rex & 1) !== 0) ?? null;
      slots.chosen[slot * 8 + variant] = form;
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
    for (let i = 0; i < form.operands.length; i++) {
      const operand = form.operands[i]!;
      switch (operand.source) {
        case 'fixed':
          into.values[i] = operand.detail;
          break;
        case 'reg':
          into.values[i] = register(operand.kind, operand.width, extension | ((rex & 4) << 1), rex);
          break;
        case 'opcode':
          into.values[i] = register(operand.kind, operand.width, (byte & 7) | ((rex & 1) << 3), rex);
          break;
        case 'rm':
          if (operand.kind !== 'memory')
            into.values[i] = register(operand.kind, operand.width, (modrm & 7) | ((rex & 1) << 3), rex);
          break;
        case 'immediate':
        case 'relative': {
          let value = 0;
          switch (operand.detail) {
            case 1:
              value = (bytes[p]! << 24) >> 24;
              break;
            case 2:
              value = ((bytes[p]! | (bytes[p + 1]! << 8)) << 16) >> 16;
              break;
            default:
              value = read32(bytes, p);
          }
          if (operand.source === 'relative') {
            const target = next + value;
            into.values[i] = target | 0;
            into.immediateHigh = Math.floor(target / 2 ** 32);
          } else {
            into.values[i] = value;
            into.immediateHigh = operand.detail === 8 ? read32(bytes, p + 4) : value >> 31;
          }
          p += operand.detail;
          break;
        }
        case 'moffs':
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

function slotIndex(classIndex: number, size: number, extension: number, isMemory: boolean): number {
  return ((classIndex * 3 + size) * 8 + extension) * 2 + (isMemory ? 1 : 0);
}

function newSlots(): Slots {
  return { entries: [], chosen: [] };
}

function choose(
  entries: readonly FormEntry[] | undefined,
  isLocked: boolean,
  isAddress32: boolean,
  hasRexB: boolean,
): Form | undefined {
  let best: Form | undefined;
  for (const { form, encoding } of entries ?? []) {
    if (form.isLocked !== isLocked || (hasRexB && encoding.excludesRexB)) continue;
    if (form.addressSize === (isAddress32 ? 32 : 64)) return form;
    best ??= form;
  }
  return best;
}

function read32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Where a register stands in the context record. */
function register(kind: string, width: number, number: number, rex: number): number {
  switch (kind) {
    case 'xmm':
      return CPU_XMM + number * 16;
    case 'mmx':
      return CPU_X87 + (number & 7) * 16;
    case 'segment':
      return number & 7;
    default:
      // Without REX, 4 to 7 are ah, ch, dh, bh.
      if (width === 8 && rex === 0 && number >= 4) return CPU_GPR + (number - 4) * 8 + 1;
      return CPU_GPR + number * 8;
  }
}
