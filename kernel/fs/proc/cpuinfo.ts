/** /proc/cpuinfo: what cpuid says, in words. Linux counterpart: arch/x86/kernel/cpu/{common,proc}.c. */
import type { Kernel } from '../../kernel.ts';
import type { Processor } from '../../../host/machine.ts';
import { CPU_COUNT } from './facts.ts';

const EBX = 1;
const ECX = 2;
const EDX = 3;

/** Names by leaf, register and bit, in the order in which Linux lists them. */
const FLAGS: readonly (readonly [leaf: number, register: number, names: Readonly<Record<number, string>>])[] =
  [
    [
      1,
      EDX,
      {
        0: 'fpu',
        4: 'tsc',
        8: 'cx8',
        15: 'cmov',
        19: 'clflush',
        23: 'mmx',
        24: 'fxsr',
        25: 'sse',
        26: 'sse2',
      },
    ],
    [0x8000_0001, EDX, { 11: 'syscall', 20: 'nx', 27: 'rdtscp', 29: 'lm' }],
    [0x8000_0007, EDX, { 8: 'constant_tsc rep_good nopl nonstop_tsc' }],
    [
      1,
      ECX,
      {
        0: 'pni',
        9: 'ssse3',
        13: 'cx16',
        19: 'sse4_1',
        20: 'sse4_2',
        22: 'movbe',
        23: 'popcnt',
        25: 'aes',
      },
    ],
    [0x8000_0001, ECX, { 0: 'lahf_lm', 5: 'abm', 8: '3dnowprefetch' }],
    [7, EBX, { 0: 'fsgsbase', 3: 'bmi1', 8: 'bmi2', 9: 'erms', 23: 'clflushopt', 24: 'clwb' }],
  ];

/** A machine that runs native programs only. */
const NOTHING: readonly (readonly [string, string])[] = [
  ['processor\t', '0'],
  ['vendor_id\t', 'Lodger'],
];

export function cpuinfo({ processor }: Kernel): string {
  let text = '';
  for (let cpu = 0; cpu < CPU_COUNT; cpu++) {
    for (const [name, value] of processor === undefined ? NOTHING : describe(processor))
      text += `${name}: ${value}\n`;
    text += 'power management:\n\n';
  }
  return text.replaceAll(': \n', ':\n');
}

/** One processor, one core, number 0. Linux: MHz is measured; here it is the rate of the time-stamp counter. */
function describe(processor: Processor): [string, string][] {
  const [level, vendorB, vendorC, vendorD] = processor.cpuid(0, 0);
  const [signature] = processor.cpuid(1, 0);
  const family = (signature >>> 8) & 0xf;
  const model = ((signature >>> 4) & 0xf) | ((signature >>> 12) & 0xf0);
  const [sizes] = processor.cpuid(0x8000_0008, 0);
  return [
    ['processor\t', '0'],
    ['vendor_id\t', letters(vendorB, vendorD, vendorC)],
    ['cpu family\t', String(family)],
    ['model\t\t', String(model)],
    ['model name\t', brand(processor)],
    ['stepping\t', String(signature & 0xf)],
    ['cpu MHz\t\t', '1000.000'],
    ['cache size\t', `${processor.cpuid(0x8000_0006, 0)[ECX] >>> 16} KB`],
    ['physical id\t', '0'],
    ['siblings\t', '1'],
    ['core id\t\t', '0'],
    ['cpu cores\t', '1'],
    ['apicid\t\t', '0'],
    ['initial apicid\t', '0'],
    ['fpu\t\t', 'yes'],
    ['fpu_exception\t', 'yes'],
    ['cpuid level\t', String(level)],
    ['wp\t\t', 'yes'],
    ['flags\t\t', flags(processor)],
    ['bugs\t\t', ''],
    ['bogomips\t', '2000.00'],
    ['clflush size\t', '64'],
    ['cache_alignment\t', '64'],
    ['address sizes\t', `${sizes & 0xff} bits physical, ${(sizes >>> 8) & 0xff} bits virtual`],
  ];
}

function flags(processor: Processor): string {
  const names: string[] = [];
  for (const [leaf, register, bits] of FLAGS) {
    const word = processor.cpuid(leaf, 0)[register]!;
    for (const [bit, name] of Object.entries(bits)) if ((word & (1 << Number(bit))) !== 0) names.push(name);
  }
  return names.join(' ');
}

function brand(processor: Processor): string {
  const words = [0x8000_0002, 0x8000_0003, 0x8000_0004].flatMap(leaf => [...processor.cpuid(leaf, 0)]);
  return letters(...words);
}

/** Four characters a word. */
function letters(...words: readonly number[]): string {
  const codes = words.flatMap(word => [0, 8, 16, 24].map(shift => (word >>> shift) & 0xff));
  return String.fromCharCode(...codes.filter(code => code !== 0));
}
