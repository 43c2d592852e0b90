/**
 * Where code and data of a batch of blocks lie: the same addresses on the real processor and on ours. In some batches
 * they are below 4 GiB, in others in the upper half of that, where a 32-bit number is negative, in others far above it.
 * In some blocks may change their code.
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
/** Code across a multiple of 2 GiB, data that it can reach. */
const FAR: Layout = { ...LOW, code: 0x5555_7ffc_0000, data: 0x5555_bfff_e000 };
/** Code across a multiple of 4 GiB, data anywhere. */
const FARTHER: Layout = { ...LOW, code: 0x7f12_fffc_0000, data: 0x2b_4fff_e000 };
/** Code and data share entries of the page maps. */
const FAR_WRITABLE: Layout = { ...LOW, code: 0x3_6ffc_0000, data: 0x5_6ffc_0000, isCodeWritable: true };
const LAYOUTS = [LOW, FAR, HIGH_WRITABLE, FAR_WRITABLE, LOW, FARTHER, LOW_WRITABLE, HIGH] as const;

export function layoutOf(batch: number): Layout {
  return LAYOUTS[batch % LAYOUTS.length]!;
}

/** The layout that an address of code belongs to. */
export function layoutAt(rip: number): Layout {
  return LAYOUTS.find(({ code, codeBytes }) => rip >= code && rip < code + codeBytes)!;
}
