/**
 * A row of the instruction table: how an instruction is encoded, what its operands are, and what it does. Everything
 * else in this folder (decoder, interpreter, translator, disassembler, fuzzer, docs/instructions.md) comes from rows.
 *
 * Encodings are words, in the SDM's order: an optional mandatory prefix (np, 66, f2, f3; none of them: any prefix is
 * allowed and 66 selects 16-bit operands), an optional rexw or rex0, the map (0f, 0f38, 0f3a), the opcode in
 * hexadecimal with +r when it holds a register, then /0 … /7 for an opcode extension or =c8 for a fixed ModRM byte.
 *
 * Operands are words in the notation of the SDM's opcode maps (volume 2, appendix A):
 *   E general register or memory by ModRM.rm    G general register by ModRM.reg    Z register in the opcode
 *   M memory only                               R general register only (ModRM.rm)
 *   W xmm or memory   V xmm by ModRM.reg   U xmm only (ModRM.rm)
 *   Q mm or memory    P mm by ModRM.reg    N mm only (ModRM.rm)
 *   I immediate, sign-extended   J relative target (its value is the absolute target)   O absolute address (moffs)
 *   S segment register by ModRM.reg
 *   X memory at [rSI] (a segment override applies)   Y memory at [rDI] (without segment)   neither has a ModRM byte
 * followed by the width: b 8, w 16, d 32, q 64, x 128 (memory must be 16-byte aligned), o 128 (need not be),
 * v 16/32/64 by operand size, y 32/64, z an immediate of 16 or 32 bits, n none (an address only; Mn for lea, fxsave).
 * For W, U, V the width is what memory is accessed with, and what read() gives of a register's low part.
 * Fixed operands: al ax eax rax, cl dx, rAX (by operand size), xmm0, 1.
 *
 * A row with a ModRM byte and no operand in its rm field matches registers there (mod = 3), as x87 rows do.
 */
import type { Emitter } from '../emitter.ts';
import type { Helper } from '../helper.ts';

export type Width = 8 | 16 | 32 | 64 | 128;

/** An operand as the semantics see it. What is behind it only the emitter knows. */
export interface Operand {
  readonly kind: 'general' | 'xmm' | 'mmx' | 'memory' | 'immediate' | 'segment';
  /** Bits; 0 for an address only. */
  readonly width: Width | 0;
}

export type Semantics = (e: Emitter, ...operands: Operand[]) => void;

export interface Row {
  /** Intel's mnemonic, lower case. */
  readonly name: string;
  readonly encoding: string;
  readonly operands: string;
  /** What it does, for both tiers. */
  readonly does?: Semantics;
  /** What it does, in TypeScript: instead of `does`, or for the cases in which that falls back. */
  readonly helper?: Helper;
  /** A lock prefix is allowed with a memory destination. `e.isLocked` tells. */
  readonly lock?: boolean;
  /**
   * Operand size is 64 without REX.W, and 16 with prefix 66 (push, pop). The row has both forms even if no operand is
   * of width v; `e.operandSize` tells.
   */
  readonly default64?: boolean;
  /** The operand size matters although no operand shows it (v is expanded): e.operandSize. */
  readonly isSized?: boolean;
  /** The address size matters although there is no memory operand (jrcxz, loop): e.addressSize. `repeat` implies it. */
  readonly isAddressSized?: boolean;
  /** It ends a block: the next instruction is not simply the one after it. */
  readonly flow?: 'jump' | 'branch' | 'call' | 'return' | 'trap';
  /** Only the interpreter executes it; translated code leaves for it. Set for helpers without `does`. */
  readonly isInterpreted?: boolean;
  /**
   * f3 and f2 are repeat prefixes here: `e.repeat` tells. The row is then expanded into its repeated forms. With 'rep',
   * f2 is the same as f3. A repeated form ends a block: it jumps to itself while there is something left to do.
   */
  readonly repeat?: 'rep' | 'repz';
  /** Flags left undefined, as letters of oszapc: not compared with a real processor. */
  readonly undefined?: string;
  /** CPUID feature that announces it; none: baseline x86-64. */
  readonly feature?: string;
  /** AT&T or other names for the disassembler are not kept: Intel syntax only. */
  readonly note?: string;
  /** The fuzzer does not run it: its result is not the program's alone (rdtsc, cpuid), or it traps. */
  readonly isNotFuzzed?: boolean;
}

/** Options that a family of rows shares. */
export type Options = Omit<Row, 'name' | 'encoding' | 'operands' | 'does'>;

export function row(
  name: string,
  encoding: string,
  operands: string,
  does: Semantics | undefined,
  options: Options = {},
): Row {
  return { name, encoding, operands, ...(does && { does }), ...options };
}
