import { describe, expect, it } from 'vitest';
import { DECODED, Decoder, Instruction } from './decoder.ts';
import { disassemble } from './disassembler.ts';
import { allRows } from './table/all.ts';

const decoder = new Decoder(allRows);

function text(hex: string, nameOf?: (address: number) => string | undefined): string {
  const bytes = Uint8Array.from(hex.split(' '), byte => Number.parseInt(byte, 16));
  const instruction = new Instruction();
  if (decoder.decode(bytes, 0, bytes.length, 0x1000, instruction) !== DECODED) return '(bad)';
  expect(instruction.length).toBe(bytes.length);
  return disassemble(instruction, nameOf);
}

describe('the disassembler', () => {
  it.each([
    ['48 8b 44 24 08', 'mov rax,QWORD PTR [rsp+0x8]'],
    ['88 e0', 'mov al,ah'],
    ['40 88 e0', 'mov al,spl'],
    ['44 89 f8', 'mov eax,r15d'],
    ['48 83 e4 f0', 'and rsp,0xfffffffffffffff0'],
    ['66 05 34 12', 'add ax,0x1234'],
    ['48 b8 ef cd ab 89 67 45 23 01', 'mov rax,0x123456789abcdef'],
    ['64 48 8b 04 25 28 00 00 00', 'mov rax,QWORD PTR fs:0x28'],
    ['67 8d 44 8b fc', 'lea eax,[ebx+ecx*4-0x4]'],
    ['f0 0f b1 0f', 'lock cmpxchg DWORD PTR [rdi],ecx'],
    ['f3 48 a5', 'rep movs QWORD PTR es:[rdi],QWORD PTR ds:[rsi]'],
    ['f2 ae', 'repnz scas al,BYTE PTR es:[rdi]'],
    ['66 0f 6f 0e', 'movdqa xmm1,XMMWORD PTR [rsi]'],
    ['0f 70 f3 41', 'pshufw mm6,mm3,0x41'],
    ['d8 c3', 'fadd st,st(3)'],
    ['db 2c 24', 'fld TBYTE PTR [rsp]'],
    ['df e0', 'fnstsw ax'],
    ['c5 f8 77', '(bad)'],
  ])('%s is %s', (hex, expected) => {
    expect(text(hex)).toBe(expected);
  });

  it('names the address that a jump or a RIP-relative operand leads to', () => {
    const nameOf = (address: number): string => `there+0x${(address - 0x1000).toString(16)}`;
    expect(text('eb 10', nameOf)).toBe('jmp 0x1012 <there+0x12>');
    expect(text('48 8d 05 f9 ff ff ff', nameOf)).toBe('lea rax,[rip-0x7] # 0x1000 <there+0x0>');
  });
});
