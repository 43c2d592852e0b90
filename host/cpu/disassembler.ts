/** Disassembler: a decoded instruction as text. */
import type { Instruction } from './decoder.ts';

export function disassemble({ form }: Instruction): string {
  return form.row.name;
}
