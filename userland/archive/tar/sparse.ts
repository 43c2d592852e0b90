/** Maps of sparse files: the old GNU kind (type S) and the pax kinds 0.0, 0.1 and 1.0. GNU tar manual, appendix D. */
import { fromBytes } from '../../../kernel/abi/byte-string.ts';
import type { Entry, Extent } from './entry.ts';
import { GNU_IS_EXTENDED, GNU_SPARSE_MAP, getNumber } from './header.ts';
import type { Attributes } from './pax.ts';
import { fatal } from './report.ts';

const IN_HEADER = 4;
const IN_EXTENSION = 21;
const EXTENSION_IS_EXTENDED = 504;
const MAX_EXTENTS = 1_000_000;

export function readGnuMap(header: Uint8Array, nextBlock: () => Uint8Array): Extent[] {
  const extents: Extent[] = [];
  const read = (block: Uint8Array, at: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const offset = getNumber(block, [at + i * 24, 12]);
      const length = getNumber(block, [at + i * 24 + 12, 12]);
      if (length) extents.push({ offset: offset ?? 0, length });
    }
  };
  read(header, GNU_SPARSE_MAP, IN_HEADER);
  for (let isMore = header[GNU_IS_EXTENDED] === 1; isMore;) {
    if (extents.length > MAX_EXTENTS) fatal('sparse map is too long');
    const block = nextBlock();
    read(block, 0, IN_EXTENSION);
    isMore = block[EXTENSION_IS_EXTENDED] === 1;
  }
  return extents;
}

function pairs(numbers: readonly number[]): Extent[] {
  const extents: Extent[] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const [offset, length] = [numbers[i]!, numbers[i + 1]!];
    if (!(offset >= 0 && length >= 0)) fatal('malformed sparse map');
    if (length > 0) extents.push({ offset, length });
  }
  return extents;
}

/** The map is an attribute, or (1.0) the first blocks of the content, in lines of decimal numbers. */
export function readPaxMap(entry: Entry, attributes: Attributes, nextBlock: () => Uint8Array): void {
  entry.name = attributes.get('GNU.sparse.name') ?? entry.name;
  entry.size = Number(
    attributes.get('GNU.sparse.realsize') ?? attributes.get('GNU.sparse.size') ?? entry.size,
  );
  if (attributes.get('GNU.sparse.major') !== '1') {
    entry.extents = pairs((attributes.get('GNU.sparse.map') ?? '').split(',').map(Number));
    return;
  }
  let text = '';
  let count = -1;
  for (;;) {
    text += fromBytes(nextBlock());
    const lines = text.split('\n');
    count = Number(lines[0]);
    if (!(count >= 0 && count <= MAX_EXTENTS)) fatal('malformed sparse map');
    if (lines.length > 2 * count + 1) {
      entry.extents = pairs(lines.slice(1, 2 * count + 1).map(Number));
      return;
    }
  }
}
