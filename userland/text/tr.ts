/** tr(1): GNU coreutils 9.1. Works on whole buffers with a table of 256 entries. */
import { BUFFER_SIZE, ioBuffer } from '../coreutils/lib/io.ts';
import { quote } from '../coreutils/lib/quote.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { read } from '../libc/unistd.ts';
import { complementSet, type Element, expandSet, parseSet, SetError } from './tr-set.ts';

const USAGE = `Usage: tr [OPTION]... STRING1 [STRING2]
Translate, squeeze, and/or delete characters from standard input,
writing to standard output.  STRING1 and STRING2 specify arrays of
characters ARRAY1 and ARRAY2 that control the action.

  -c, -C, --complement    use the complement of ARRAY1
  -d, --delete            delete characters in ARRAY1, do not translate
  -s, --squeeze-repeats   replace each sequence of a repeated character
                            that is listed in the last specified ARRAY,
                            with a single occurrence of that character
  -t, --truncate-set1     first truncate ARRAY1 to length of ARRAY2
      --help        display this help and exit
      --version     output version information and exit
`;

const KEEP = 256;

export function tr(argv: string[]): number {
  const found = parse(argv, {
    short: '+cCdst',
    long: { complement: 'c', delete: 'd', 'squeeze-repeats': 's', 'truncate-set1': 't' },
    usage: USAGE,
  });
  const isDeleting = found.has('d');
  const isSqueezing = found.has('s');
  const { operands } = found;
  const [first, second] = operands;
  const least = isDeleting === isSqueezing ? 2 : 1;
  const most = isDeleting && !isSqueezing ? 1 : 2;
  if (first === undefined) return usageError('tr', 'missing operand');
  if (operands.length < least) {
    stderr.write(`tr: missing operand after ${quote(operands.at(-1)!)}\n`);
    stderr.write(
      isSqueezing
        ? 'Two strings must be given when both deleting and squeezing repeats.\n'
        : 'Two strings must be given when translating.\n',
    );
    return usageError('tr', '');
  }
  if (operands.length > most) {
    stderr.write(`tr: extra operand ${quote(operands[most]!)}\n`);
    if (operands.length === 2) {
      stderr.write('Only one string may be given when deleting without squeezing repeats.\n');
    }
    return usageError('tr', '');
  }
  try {
    const isComplement = found.has('c', 'C');
    const left = parseSet(first);
    if (left.some(element => element.kind === 'repeat')) {
      throw new SetError('the [c*] repeat construct may not appear in string1');
    }
    const bytes = expandSet(left);
    const source = isComplement ? complementSet(bytes) : bytes;
    const deleted = isDeleting ? new Set(source) : undefined;
    const isTranslating = !isDeleting && second !== undefined;
    let target: number[] | undefined;
    if (second !== undefined) {
      const right = parseSet(second);
      if (isTranslating) check(left, right, found.has('t'), isComplement, source.length);
      target = expandSet(right, source.length);
    }
    const map = isTranslating
      ? mapOf(source, target!, found.has('t'), first, second, isComplement)
      : undefined;
    const squeezed = isSqueezing ? new Set(target ?? source) : undefined;
    run(tableOf(map, deleted), squeezed);
    return 0;
  } catch (error) {
    if (error instanceof SetError) return fail(1, error.message);
    throw error;
  }
}

function check(
  left: readonly Element[],
  right: readonly Element[],
  isTruncating: boolean,
  isComplement: boolean,
  length: number,
): void {
  if (right.filter(element => element.kind === 'repeat' && element.count === 0).length > 1) {
    throw new SetError('only one [c*] repeat construct may appear in string2');
  }
  if (right.length === 0 && !isTruncating && length > 0) {
    throw new SetError('when not truncating set1, string2 must be non-empty');
  }
  for (const element of right) {
    if (element.kind !== 'class') continue;
    if (element.name !== 'upper' && element.name !== 'lower') {
      throw new SetError(
        "when translating, the only character classes that may appear in\nstring2 are 'upper' and 'lower'",
      );
    }
  }
  if (isComplement && left.some(element => element.kind === 'class') && !isTruncating && length > 0) {
    const target = expandSet(right, length);
    if (new Set(target).size !== 1) {
      throw new SetError(
        'when translating with complemented character classes,\nstring2 must map all characters in the domain to one',
      );
    }
  }
}

/** What each byte becomes. [:lower:] against [:upper:] pairs letters; otherwise the last of string2 fills up. */
function mapOf(
  source: readonly number[],
  target: readonly number[],
  isTruncating: boolean,
  first: string,
  second: string,
  isComplement: boolean,
): Uint8Array {
  const map = Uint8Array.from({ length: 256 }, (_, c) => c);
  const left = parseSet(first);
  const right = parseSet(second);
  if (!isComplement && right.some(element => element.kind === 'class')) {
    mapClasses(map, left, right);
    return map;
  }
  source.forEach((from, i) => {
    if (i < target.length) map[from] = target[i]!;
    else if (!isTruncating) map[from] = target.at(-1)!;
  });
  return map;
}

function mapClasses(map: Uint8Array, left: readonly Element[], right: readonly Element[]): void {
  type Place = { readonly byte: number; readonly of: Element; readonly isFirst: boolean };
  const flat = (elements: readonly Element[]): Place[] =>
    elements.flatMap<Place>(of =>
      of.kind === 'repeat'
        ? Array.from({ length: of.count }, () => ({ byte: of.byte, of, isFirst: false }))
        : of.bytes.map((byte, i) => ({ byte, of, isFirst: i === 0 })),
    );
  const from = flat(left);
  const to = flat(right);
  for (let i = 0, j = 0; i < from.length; i++, j++) {
    const a = from[i]!;
    const b = to[Math.min(j, to.length - 1)];
    if (!b) return;
    if (j < to.length && b.of.kind === 'class') {
      const { of } = a;
      const isPair =
        of.kind === 'class' && a.isFirst && b.isFirst && (of.name === 'upper' || of.name === 'lower');
      if (!isPair) throw new SetError('misaligned [:upper:] and/or [:lower:] construct');
      const lower = of.name === 'lower';
      const same = of.name === b.of.name;
      for (const byte of of.bytes) map[byte] = same ? byte : lower ? byte - 32 : byte + 32;
      i += of.bytes.length - 1;
      j += b.of.bytes.length - 1;
    } else map[a.byte] = b.byte;
  }
}

function tableOf(map: Uint8Array | undefined, deleted: ReadonlySet<number> | undefined): Int16Array {
  return Int16Array.from({ length: 256 }, (_, c) => (deleted?.has(c) ? -1 : (map?.[c] ?? c)));
}

function run(table: Int16Array, squeezed: ReadonlySet<number> | undefined): void {
  const { bytes } = ioBuffer();
  const out = new Uint8Array(BUFFER_SIZE);
  const isSqueezed = Uint8Array.from({ length: 256 }, (_, c) => (squeezed?.has(c) ? 1 : 0));
  let last = KEEP;
  for (;;) {
    const count = read(0, bytes);
    if (count === 0) return;
    let n = 0;
    for (let i = 0; i < count; i++) {
      const to = table[bytes[i]!]!;
      if (to < 0 || (to === last && isSqueezed[to] === 1)) continue;
      out[n++] = to;
      last = to;
    }
    stdout.write(out.subarray(0, n));
  }
}
