/** comm(1): GNU coreutils 9.1. */
import { quote, quotef } from '../coreutils/lib/quote.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { open } from '../libc/unistd.ts';

const USAGE = `Usage: comm [OPTION]... FILE1 FILE2
Compare sorted files FILE1 and FILE2 line by line.

When FILE1 or FILE2 (not both) is -, read standard input.

With no options, produce three-column output.  Column one contains
lines unique to FILE1, column two contains lines unique to FILE2,
and column three contains lines common to both files.

  -1              suppress column 1 (lines unique to FILE1)
  -2              suppress column 2 (lines unique to FILE2)
  -3              suppress column 3 (lines that appear in both files)

  --check-order     check that the input is correctly sorted, even
                      if all input lines are pairable
  --nocheck-order   do not check that the input is correctly sorted
  --output-delimiter=STR  separate columns with STR
  --total           output a summary
  -z, --zero-terminated   line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

/** One input: its current line, and whether its lines were in order so far. */
class Input {
  line: string | undefined;
  previous: string | undefined;
  isDisordered = false;
  private readonly reader: LineReader;
  private readonly name: string;

  constructor(name: string, delimiter: string) {
    this.name = name;
    this.reader = new LineReader(openOrFail(name), { delimiter });
  }
  next(): void {
    this.previous = this.line;
    try {
      this.line = this.reader.next();
    } catch (error) {
      if (error instanceof SysError) fail(1, `${quotef(this.name)}: ${error.message}`);
      throw error;
    }
  }
}

export function openOrFail(name: string): number {
  try {
    return name === '-' ? 0 : open(name, O_RDONLY);
  } catch (error) {
    if (error instanceof SysError) return fail(1, `${quotef(name)}: ${error.message}`);
    throw error;
  }
}

export function comm(argv: string[]): number {
  const found = parse(argv, {
    short: '123z',
    long: {
      'check-order': 'check',
      'nocheck-order': 'nocheck',
      'output-delimiter': 'output:',
      total: 'total',
      'zero-terminated': 'z',
    },
    usage: USAGE,
  });
  const { operands } = found;
  if (operands.length === 0) return usageError('comm', 'missing operand');
  if (operands.length === 1) return usageError('comm', `missing operand after ${quote(operands[0]!)}`);
  if (operands.length > 2) return usageError('comm', `extra operand ${quote(operands[2]!)}`);
  const end = found.has('z') ? '\0' : '\n';
  const separator = found.value('output') ?? '\t';
  const hides = [found.has('1'), found.has('2'), found.has('3')];
  const prefixes = ['', hides[0] ? '' : separator, (hides[0] ? '' : separator) + (hides[1] ? '' : separator)];
  const totals = [0, 0, 0];
  const order = found.last('check', 'nocheck');
  const inputs = [new Input(operands[0]!, end), new Input(operands[1]!, end)] as const;
  const [left, right] = inputs;
  let hasUnpairable = false;

  const advance = (index: 0 | 1): void => {
    const input = inputs[index];
    input.next();
    if (order === 'nocheck' || input.isDisordered || input.line === undefined || input.previous === undefined)
      return;
    if ((order === 'check' || hasUnpairable) && input.previous > input.line) {
      input.isDisordered = true;
      if (order === 'check') fail(1, `file ${index + 1} is not in sorted order`);
      warn(`file ${index + 1} is not in sorted order`);
    }
  };
  const show = (column: 0 | 1 | 2, line: string): void => {
    totals[column]!++;
    if (!hides[column]) stdout.write(prefixes[column]! + line + end);
  };

  advance(0);
  advance(1);
  while (left.line !== undefined || right.line !== undefined) {
    const a = left.line;
    const b = right.line;
    if (a !== undefined && a === b) {
      show(2, a);
      advance(0);
      advance(1);
      continue;
    }
    hasUnpairable = true;
    if (b === undefined || (a !== undefined && a < b)) {
      show(0, a!);
      advance(0);
    } else {
      show(1, b);
      advance(1);
    }
  }
  if (found.has('total')) stdout.write(`${totals.join(separator)}${separator}total${end}`);
  if (left.isDisordered || right.isDisordered) return fail(1, 'input is not in sorted order');
  return 0;
}
