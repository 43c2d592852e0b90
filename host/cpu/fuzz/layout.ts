/**
 * Where code and data of a batch of blocks lie: the same addresses on the real processor and on ours, below 4 GiB. In
 * one batch of two they are in the upper half, where a 32-bit number is negative.
 */
export interface Layout {
  readonly code: number;
  readonly codeBytes: number;
  readonly data: number;
  readonly dataBytes: number;
  /** The last of the data's bytes: may only be read. Around data and code nothing is mapped. */
  readonly readOnlyBytes: number;
}

export const PAGE = 4096;

const LOW: Layout = {
  code: 0x1000_0000,
  codeBytes: 128 * PAGE,
  data: 0x2000_0000,
  dataBytes: 5 * PAGE,
  readOnlyBytes: PAGE,
};
const HIGH: Layout = { ...LOW, code: 0xd000_0000, data: 0xe7ff_e000 };

export function layoutOf(batch: number): Layout {
  return batch % 2 === 0 ? LOW : HIGH;
}

/** The layout that an address of code belongs to. */
export function layoutAt(rip: number): Layout {
  return rip < HIGH.code ? LOW : HIGH;
}
