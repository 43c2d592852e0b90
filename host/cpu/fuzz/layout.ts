/**
 * Where code and data of a batch of blocks lie: the same addresses on the real processor and on ours, below 4 GiB. In
 * one batch of two they are in the upper half, where a 32-bit number is negative. In one of four blocks may change
 * their code.
 */
export interface Layout {
  readonly code: number;
  readonly codeBytes: number;
  readonly data: number;
  readonly dataBytes: number;
  /** The last of the data's bytes: may only be read. Around data and code nothing is mapped. */
  readonly readOnlyBytes: number;
  readonly isCodeWritable: boolean;
}

export const PAGE = 4096;

const LOW: Layout = {
  code: 0x1000_0000,
  codeBytes: 128 * PAGE,
  data: 0x2000_0000,
  dataBytes: 5 * PAGE,
  readOnlyBytes: PAGE,
  isCodeWritable: false,
};
const HIGH: Layout = { ...LOW, code: 0xd000_0000, data: 0xe7ff_e000 };

/** The same addresses mean the same rights. */
const LOW_WRITABLE: Layout = { ...LOW, code: 0x3000_0000, data: 0x3800_0000, isCodeWritable: true };
const HIGH_WRITABLE: Layout = { ...HIGH, code: 0x9000_0000, data: 0x9fff_e000, isCodeWritable: true };
const LAYOUTS = [LOW, HIGH, LOW, HIGH_WRITABLE, LOW, HIGH, LOW_WRITABLE, HIGH] as const;

export function layoutOf(batch: number): Layout {
  return LAYOUTS[batch % LAYOUTS.length]!;
}

/** The layout that an address of code belongs to. */
export function layoutAt(rip: number): Layout {
  return LAYOUTS.find(({ code, codeBytes }) => rip >= code && rip < code + codeBytes)!;
}
