/** Groups that change the code of their block: the instruction right after them, or one that a loop comes to again. */
import type { Row } from '../table/row.ts';
import type { Bench } from './bench.ts';
import type { Group } from './block.ts';
import { RAX, RCX, RDI } from '../../../kernel/abi/cpu-context.ts';
import { bytes32 } from './bench.ts';
import { edge32 } from './values.ts';

const NO_ROW: Row = { name: '(patch)', encoding: '', operands: '' };
const ALL_FLAGS = { keeps: 0, leaves: 0 };

/** Two groups, the first of which is to be number `number` of the block. */
export function patchGroups(bench: Bench, number: number): Group[] {
  const { random } = bench;
  const register = [RAX, RCX, RDI][random.below(3)]!;
  bench.changes((1 << register) | (1 << RAX) | (1 << RCX) | (1 << RDI));
  // mov r32, imm32
  const patched: Group = {
    items: [{ bytes: [0xb8 + register, ...bytes32(edge32(random))] }],
    row: NO_ROW,
  };
  const isAhead = random.chance(0.6);
  const target = isAhead ? number + 1 : number;
  const patch = random.chance(0.7) ? storeOver(bench, target) : fillOver(target, patched);
  return isAhead ? [patch, patched] : [patched, patch];
}

/** Its constant, or a part of it. */
function storeOver({ random }: Bench, target: number): Group {
  const value = edge32(random);
  const item = random.pick([
    { bytes: [0xc7, 0x05, 0, 0, 0, 0, ...bytes32(value)], offset: 1 }, // mov dword [rip], imm32
    { bytes: [0x81, 0x05, 0, 0, 0, 0, ...bytes32(value)], offset: 1, flags: ALL_FLAGS }, // add dword [rip], imm32
    { bytes: [0x66, 0xc7, 0x05, 0, 0, 0, 0, value & 255, (value >> 8) & 255], offset: 2 }, // mov word
    { bytes: [0xf0, 0x80, 0x05, 0, 0, 0, 0, value & 255], offset: 4, flags: ALL_FLAGS }, // lock add byte
  ] as { bytes: number[]; offset: number; flags?: typeof ALL_FLAGS }[]);
  const at = item.bytes.indexOf(0x05) + 1;
  return {
    items: [
      {
        bytes: item.bytes,
        fixup: { at, length: 4, kind: 'group', target, offset: item.offset },
        ...(item.flags && { flags: item.flags }),
      },
    ],
    row: NO_ROW,
  };
}

/** nop over all of it, with rep stosb. */
function fillOver(target: number, { items }: Group): Group {
  const length = items.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    items: [
      { bytes: [0xfc] }, // cld
      { bytes: [0x48, 0x8d, 0x3d, 0, 0, 0, 0], fixup: { at: 3, length: 4, kind: 'group', target } }, // lea rdi, [rip]
      { bytes: [0xb9, ...bytes32(length)] },
      { bytes: [0xb0, 0x90] },
      { bytes: [0xf3, 0xaa] },
    ],
    row: NO_ROW,
  };
}
