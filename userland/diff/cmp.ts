/** cmp(1), GNU diffutils 3.8. */
import { alloc } from '../libc/memory.ts';
import { O_CLOEXEC, O_RDONLY, SEEK_CUR, SEEK_SET } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { fail } from '../libc/stdlib.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { exit, lseek, open, read, readFull } from '../libc/unistd.ts';
import { reason } from '../coreutils/lib/errors.ts';
import { parseOptions, usageFailure } from './lib/command-line.ts';

const USAGE = `Usage: cmp [OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]
Compare two files byte by byte.

The optional SKIP1 and SKIP2 specify the number of bytes to skip
at the beginning of each file (zero by default).

Mandatory arguments to long options are mandatory for short options too.
  -b, --print-bytes          print differing bytes
  -i, --ignore-initial=SKIP         skip first SKIP bytes of both inputs
  -i, --ignore-initial=SKIP1:SKIP2  skip first SKIP1 bytes of FILE1 and
                                      first SKIP2 bytes of FILE2
  -l, --verbose              output byte numbers and differing byte values
  -n, --bytes=LIMIT          compare at most LIMIT bytes
  -s, --quiet, --silent      suppress all normal output
      --help                 display this help and exit
  -v, --version              output version information and exit

SKIP values may be followed by the following multiplicative suffixes:
kB 1000, K 1024, MB 1,000,000, M 1,048,576,
GB 1,000,000,000, G 1,073,741,824, and so on for T, P, E, Z, Y.

If a FILE is '-' or missing, read standard input.
Exit status is 0 if inputs are the same, 1 if different, 2 if trouble.
`;
const BUFFER = 131_072;

interface Input {
  readonly name: string;
  readonly fd: number;
}

interface Limits {
  readonly bytes: number;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly showsBytes: boolean;
}

function size(text: string): number | undefined {
  const found = /^(\d+)(?:([kKMGTPEZY])(B|iB)?)?$/.exec(text);
  if (!found) return undefined;
  const power = ' KMGTPEZY'.indexOf((found[2] ?? ' ').toUpperCase());
  return Number(found[1]) * (found[3] === 'B' ? 1000 : 1024) ** power;
}

/** A byte as cat -t shows it: `^J`, `M-~`. */
function visible(byte: number): string {
  const low = byte & 0x7f;
  const text = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? '^?' : String.fromCharCode(low);
  return byte >= 128 ? `M-${text}` : text;
}

function octal(byte: number): string {
  return byte.toString(8).padStart(3);
}

function openInput(name: string, isQuiet: boolean): Input {
  if (name === '-') return { name, fd: 0 };
  try {
    return { name, fd: open(name, O_RDONLY | O_CLOEXEC) };
  } catch (error) {
    if (isQuiet) return exit(2);
    return fail(2, `${name}: ${reason(error)}`);
  }
}

function skip(input: Input, count: number): void {
  try {
    lseek(input.fd, count, SEEK_CUR);
    return;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  const bytes = alloc(BUFFER).bytes;
  for (let rest = count; rest > 0;) {
    const got = read(input.fd, bytes.subarray(0, Math.min(rest, BUFFER)));
    if (got === 0) return;
    rest -= got;
  }
}

/** Bytes of a regular file from where it stands. */
function remaining(input: Input): number | undefined {
  const status = fstat(input.fd);
  if (!S_ISREG(status.mode)) return undefined;
  const at = lseek(input.fd, 0, SEEK_CUR);
  lseek(input.fd, at, SEEK_SET);
  return Math.max(0, status.size - at);
}

function compare(inputs: readonly [Input, Input], limits: Limits): number {
  const buffers = [alloc(BUFFER).bytes, alloc(BUFFER).bytes] as const;
  const { isVerbose, isQuiet, showsBytes } = limits;
  // Byte numbers are as wide as the last one can be.
  const most = Math.min(limits.bytes, ...inputs.map(input => remaining(input) ?? 2 ** 63));
  const width = String(most).length;
  let offset = 0;
  let lines = 1;
  let differ = false;
  let lastByte = 10;
  for (;;) {
    const want = Math.min(BUFFER, limits.bytes - offset);
    if (want === 0) return differ ? 1 : 0;
    const counts = inputs.map((input, i) => {
      try {
        return readFull(input.fd, buffers[i]!.subarray(0, want));
      } catch (error) {
        return fail(2, `${input.name}: ${reason(error)}`);
      }
    });
    const both = Math.min(counts[0]!, counts[1]!);
    for (let i = 0; i < both; i++) {
      const a = buffers[0][i]!;
      const b = buffers[1][i]!;
      if (a !== b) {
        if (isQuiet) return 1;
        differ = true;
        if (!isVerbose) {
          const bytes = showsBytes ? ` is ${octal(a)} ${visible(a)} ${octal(b)} ${visible(b)}` : '';
          stdout.write(
            `${inputs[0].name} ${inputs[1].name} differ: byte ${offset + i + 1}, line ${lines}${bytes}\n`,
          );
          return 1;
        }
        const number = String(offset + i + 1).padStart(width);
        stdout.write(
          showsBytes
            ? `${number} ${octal(a)} ${visible(a).padEnd(4)} ${octal(b)} ${visible(b)}\n`
            : `${number} ${octal(a)} ${octal(b)}\n`,
        );
      }
      if (a === 10) lines++;
    }
    if (both > 0) lastByte = buffers[0][both - 1]!;
    offset += both;
    if (counts[0] !== counts[1]) {
      if (isQuiet) return 1;
      const shorter = (counts[0]! < counts[1]! ? inputs[0] : inputs[1]).name;
      // Not by warn: what -l has printed comes behind it.
      stderr.write(`cmp: ${endMessage(shorter, offset, isVerbose, lines, lastByte)}\n`);
      return 1;
    }
    if (both < want) return differ ? 1 : 0;
  }
}

/** One file is over before the other. */
function endMessage(
  name: string,
  bytes: number,
  isVerbose: boolean,
  lines: number,
  lastByte: number,
): string {
  if (bytes === 0) return `EOF on ${name} which is empty`;
  if (isVerbose) return `EOF on ${name} after byte ${bytes}`;
  return lastByte === 10
    ? `EOF on ${name} after byte ${bytes}, line ${lines - 1}`
    : `EOF on ${name} after byte ${bytes}, in line ${lines}`;
}

export function cmp(argv: string[]): number {
  const found = parseOptions(argv, {
    short: 'bci:ln:sv',
    long: {
      'print-bytes': 'b',
      'print-chars': 'c',
      'ignore-initial': 'i',
      verbose: 'l',
      bytes: 'n',
      limit: 'n',
      silent: 's',
      quiet: 's',
    },
    usage: USAGE,
  });
  const skips: [number, number] = [0, 0];
  const initial = (text: string, which: number) => {
    const count = size(text) ?? usageFailure(`invalid --ignore-initial value '${text}'`);
    skips[which] = Math.max(skips[which]!, count);
  };
  for (const text of found.values('i')) {
    const [first, second] = text.includes(':') ? text.split(':', 2) : [text, text];
    for (const [i, part] of [first, second].entries()) {
      if (size(part!) === undefined) usageFailure(`invalid --ignore-initial value '${text}'`);
      initial(part!, i);
    }
  }
  let bytes = Infinity;
  for (const text of found.values('n')) {
    bytes = Math.min(bytes, size(text) ?? usageFailure(`invalid --bytes value '${text}'`));
  }
  const isQuiet = found.has('s');
  const isVerbose = found.has('l');
  if (isQuiet && isVerbose) usageFailure('options -l and -s are incompatible');
  const { operands } = found;
  if (operands.length === 0) usageFailure(`missing operand after '${argv.at(-1)}'`);
  operands.slice(2, 4).forEach((text, i) => initial(text, i));
  if (operands.length > 4) usageFailure(`extra operand '${operands[4]}'`);
  const inputs: [Input, Input] = [openInput(operands[0]!, isQuiet), openInput(operands[1] ?? '-', isQuiet)];
  inputs.forEach((input, i) => {
    if (skips[i]! > 0) skip(input, skips[i]!);
  });
  return compare(inputs, { bytes, isQuiet, isVerbose, showsBytes: found.has('b', 'c') });
}
