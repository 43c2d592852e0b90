/** join(1): GNU coreutils 9.1. */
import { quote } from '../coreutils/lib/quote.ts';
import { type Options, parse, usageError } from '../libc/getopt.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { openOrFail } from './comm.ts';

const USAGE = `Usage: join [OPTION]... FILE1 FILE2
For each pair of input lines with identical join fields, write a line to
standard output.  The default join field is the first, delimited by blanks.

When FILE1 or FILE2 (not both) is -, read standard input.

  -a FILENUM             also print unpairable lines from file FILENUM, where
                           FILENUM is 1 or 2, corresponding to FILE1 or FILE2
  -e STRING              replace missing (empty) input fields with STRING;
                           I.e., missing fields specified with '-12jo' options
  -i, --ignore-case      ignore differences in case when comparing fields
  -j FIELD               equivalent to '-1 FIELD -2 FIELD'
  -o FORMAT              obey FORMAT while constructing output line
  -t CHAR                use CHAR as input and output field separator
  -v FILENUM             like -a FILENUM, but suppress joined output lines
  -1 FIELD               join on this FIELD of file 1
  -2 FIELD               join on this FIELD of file 2
      --check-order      check that the input is correctly sorted, even
                           if all input lines are pairable
      --nocheck-order    do not check that the input is correctly sorted
      --header           treat the first line in each file as field headers,
                           print them without trying to pair them
  -z, --zero-terminated     line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

interface Line {
  readonly text: string;
  readonly fields: readonly string[];
  readonly key: string;
}
/** A place in -o: file 0 is the join field. */
interface Place {
  readonly file: 0 | 1 | 2;
  readonly field: number;
}

interface Settings {
  readonly separator: string | undefined;
  readonly joinFields: readonly [number, number];
  readonly isCaseless: boolean;
  readonly empty: string;
  readonly format: Place[] | undefined | 'auto';
  readonly end: string;
  readonly order: string | undefined;
}

class Input {
  current: Line | undefined;
  number = 0;
  hasWarned = false;
  private previous: Line | undefined;
  private readonly reader: LineReader;
  private readonly name: string;
  private readonly settings: Settings;
  private readonly joinField: number;

  constructor(name: string, settings: Settings, which: 0 | 1) {
    this.name = name;
    this.settings = settings;
    this.joinField = settings.joinFields[which];
    this.reader = new LineReader(openOrFail(name), { delimiter: settings.end });
  }

  next(isChecked: boolean): Line | undefined {
    const text = this.reader.next();
    this.previous = this.current;
    if (text === undefined) return (this.current = undefined);
    this.number++;
    const { separator, isCaseless } = this.settings;
    const fields =
      separator === undefined
        ? (text.match(/[^ \t\n]+/g) ?? [])
        : separator === ''
          ? [text]
          : text.split(separator);
    const field = fields[this.joinField] ?? '';
    const key = isCaseless ? field.replaceAll(/[a-z]+/g, small => small.toUpperCase()) : field;
    this.current = { text, fields, key };
    if (isChecked && this.previous && this.previous.key > key && !this.hasWarned) {
      const message = `${this.name}:${this.number}: is not sorted: ${text}`;
      if (this.settings.order === 'check') fail(1, message);
      warn(message);
      this.hasWarned = true;
    }
    return this.current;
  }
}

export function join(argv: string[]): number {
  const found = parse(argv, {
    short: '1:2:a:e:ij:o:t:v:z',
    long: {
      'ignore-case': 'i',
      'check-order': 'check',
      'nocheck-order': 'nocheck',
      header: 'header',
      'zero-terminated': 'z',
    },
    usage: USAGE,
  });
  const { operands } = found;
  if (operands.length === 0) return usageError('join', 'missing operand');
  if (operands.length === 1) return usageError('join', `missing operand after ${quote(operands[0]!)}`);
  if (operands.length > 2) return usageError('join', `extra operand ${quote(operands[2]!)}`);
  const settings = settingsOf(found);
  const left = new Input(operands[0]!, settings, 0);
  const right = new Input(operands[1]!, settings, 1);
  const unpaired = { 1: false, 2: false };
  for (const { key, value } of found.options) {
    if (key !== 'a' && key !== 'v') continue;
    if (value !== '1' && value !== '2') fail(1, `invalid file number: ${quote(value!)}`);
    unpaired[Number(value) as 1 | 2] = true;
  }
  const showsPairs = !found.has('v');
  let isUnpairableSeen = false;
  const checks = (): boolean =>
    settings.order === 'check' || (settings.order === undefined && isUnpairableSeen);

  let a = left.next(false);
  let b = right.next(false);
  const format: Place[] | undefined =
    settings.format === 'auto' ? autoFormat(a, b, settings) : settings.format;
  if (found.has('header')) {
    if (a || b) print(a, b, settings, format);
    a = left.next(false);
    b = right.next(false);
  }
  const printOne = (line: Line, file: 1 | 2): void => {
    if (file === 1) print(line, undefined, settings, format);
    else print(undefined, line, settings, format);
  };
  while (a && b) {
    if (a.key === b.key) {
      const key = a.key;
      const group: Line[] = [];
      const others: Line[] = [];
      for (; a && a.key === key; a = left.next(checks())) group.push(a);
      for (; b && b.key === key; b = right.next(checks())) others.push(b);
      if (!showsPairs) continue;
      for (const one of group) for (const other of others) print(one, other, settings, format);
    } else if (a.key < b.key) {
      isUnpairableSeen = true;
      if (unpaired[1]) printOne(a, 1);
      a = left.next(checks());
    } else {
      isUnpairableSeen = true;
      if (unpaired[2]) printOne(b, 2);
      b = right.next(checks());
    }
  }
  for (; a; a = left.next(checks())) {
    isUnpairableSeen = true;
    if (unpaired[1]) printOne(a, 1);
    else if (!checks()) break;
  }
  for (; b; b = right.next(checks())) {
    isUnpairableSeen = true;
    if (unpaired[2]) printOne(b, 2);
    else if (!checks()) break;
  }
  if (left.hasWarned || right.hasWarned) return fail(1, 'input is not in sorted order');
  return 0;
}

function settingsOf(found: Options): Settings {
  const field = (text: string): number => {
    if (!/^[0-9]+$/.test(text) || Number(text) === 0) fail(1, `invalid field number: ${quote(text)}`);
    return Number(text) - 1;
  };
  let separator = found.value('t');
  if (separator === '\\0') separator = '\0';
  if (separator !== undefined && separator.length > 1) fail(1, `multi-character tab ${quote(separator)}`);
  const both = found.value('j');
  const first = found.value('1') ?? both;
  const second = found.value('2') ?? both;
  const specs = found.values('o');
  let format: Settings['format'];
  if (specs.length > 0) {
    format =
      specs[0] === 'auto'
        ? 'auto'
        : specs.flatMap(spec =>
            spec.split(/[, \t]/).map((part): Place => {
              if (part === '0') return { file: 0, field: 0 };
              const match = /^([12])\.([0-9]+)$/.exec(part);
              if (!match) return fail(1, `invalid file number in field spec: ${quote(part)}`);
              return { file: Number(match[1]) as 1 | 2, field: field(match[2]!) };
            }),
          );
  }
  return {
    separator,
    joinFields: [first === undefined ? 0 : field(first), second === undefined ? 0 : field(second)],
    isCaseless: found.has('i'),
    empty: found.value('e') ?? '',
    format,
    end: found.has('z') ? '\0' : '\n',
    order: found.last('check', 'nocheck'),
  };
}

/** -o auto: as many fields as the first lines have. */
function autoFormat(a: Line | undefined, b: Line | undefined, settings: Settings): Place[] {
  const places: Place[] = [{ file: 0, field: 0 }];
  [a, b].forEach((line, i) => {
    line?.fields.forEach((_, field) => {
      if (field !== settings.joinFields[i]) places.push({ file: (i + 1) as 1 | 2, field });
    });
  });
  return places;
}

function print(
  a: Line | undefined,
  b: Line | undefined,
  settings: Settings,
  format: Place[] | undefined,
): void {
  const [first, second] = settings.joinFields;
  const separator = settings.separator === undefined || settings.separator === '' ? ' ' : settings.separator;
  const shown = (text: string | undefined): string =>
    text === undefined || text === '' ? settings.empty : text;
  const keyOf = (): string => (a ? shown(a.fields[first]) : shown(b!.fields[second]));
  let out: string[];
  if (format) {
    out = format.map(({ file, field }) =>
      file === 0 ? keyOf() : shown((file === 1 ? a : b)?.fields[field]),
    );
  } else {
    out = [keyOf()];
    a?.fields.forEach((text, i) => {
      if (i !== first) out.push(shown(text));
    });
    b?.fields.forEach((text, i) => {
      if (i !== second) out.push(shown(text));
    });
  }
  stdout.write(out.join(separator) + settings.end);
}
