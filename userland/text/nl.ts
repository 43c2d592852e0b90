/** nl(1): GNU coreutils 9.1. */
import { eachInput } from '../coreutils/lib/io.ts';
import { quote } from '../coreutils/lib/quote.ts';
import { isUtf8Locale } from '../libc/fnmatch.ts';
import { parse } from '../libc/getopt.ts';
import { Regex, RegexError } from '../libc/regex.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';

const USAGE = `Usage: nl [OPTION]... [FILE]...
Write each FILE to standard output, with line numbers added.

With no FILE, or when FILE is -, read standard input.

  -b, --body-numbering=STYLE      use STYLE for numbering body lines
  -d, --section-delimiter=CC      use CC for logical page delimiters
  -f, --footer-numbering=STYLE    use STYLE for numbering footer lines
  -h, --header-numbering=STYLE    use STYLE for numbering header lines
  -i, --line-increment=NUMBER     line number increment at each line
  -l, --join-blank-lines=NUMBER   group of NUMBER empty lines counted as one
  -n, --number-format=FORMAT      insert line numbers according to FORMAT
  -p, --no-renumber               do not reset line numbers for each section
  -s, --number-separator=STRING   add STRING after (possible) line number
  -v, --starting-line-number=NUMBER  first line number for each section
  -w, --number-width=NUMBER       use NUMBER columns for line numbers
      --help        display this help and exit
      --version     output version information and exit
`;

type Style = (line: string, isBlank: boolean) => boolean;

export function nl(argv: string[]): number {
  const found = parse(argv, {
    short: 'b:d:f:h:i:l:n:ps:v:w:',
    long: {
      'body-numbering': 'b',
      'section-delimiter': 'd',
      'footer-numbering': 'f',
      'header-numbering': 'h',
      'line-increment': 'i',
      'join-blank-lines': 'l',
      'number-format': 'n',
      'no-renumber': 'p',
      'number-separator': 's',
      'starting-line-number': 'v',
      'number-width': 'w',
    },
    usage: USAGE,
  });
  const number = (key: string, standard: number, what: string, least: number): number => {
    const text = found.value(key);
    if (text === undefined) return standard;
    if (!/^-?[0-9]+$/.test(text) || Number(text) < least) fail(1, `invalid ${what}: ${quote(text)}`);
    return Number(text);
  };
  const start = number('v', 1, 'starting line number', -Infinity);
  const increment = number('i', 1, 'line number increment', -Infinity);
  const joined = number('l', 1, 'line number of blank lines', 1);
  const width = number('w', 6, 'line number field width', 1);
  const separator = found.value('s') ?? '\t';
  const format = found.value('n') ?? 'rn';
  if (!['ln', 'rn', 'rz'].includes(format)) fail(1, `invalid line numbering format: ${quote(format)}`);
  const styles = {
    header: styleOf(found.value('h') ?? 'n', 'header'),
    body: styleOf(found.value('b') ?? 't', 'body'),
    footer: styleOf(found.value('f') ?? 'n', 'footer'),
  };
  let delimiter = found.value('d') ?? '\\:';
  if (delimiter.length === 1) delimiter += ':';
  const sections: Record<string, Style> =
    delimiter === ''
      ? {}
      : {
          [delimiter.repeat(3)]: styles.header,
          [delimiter.repeat(2)]: styles.body,
          [delimiter]: styles.footer,
        };
  let style = styles.body;
  let next = start;
  let blanks = 0;
  const blankPrefix = ' '.repeat(width + separator.length);
  const shown = (value: number): string => {
    if (format === 'ln') return String(value).padEnd(width);
    if (format === 'rn') return String(value).padStart(width);
    return value < 0 ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0');
  };
  return eachInput(found.operands, fd => {
    const reader = new LineReader(fd);
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      const section = Object.hasOwn(sections, line) ? sections[line] : undefined;
      if (section) {
        style = section;
        if (!found.has('p')) next = start;
        stdout.write('\n');
        continue;
      }
      let isCounted = style(line, line === '');
      if (joined > 1) {
        blanks = line === '' ? blanks + 1 : 0;
        if (line === '' && isCounted) {
          isCounted = blanks === joined;
          if (isCounted) blanks = 0;
        }
      }
      if (isCounted) {
        stdout.write(`${shown(next)}${separator}${line}\n`);
        next += increment;
      } else stdout.write(`${blankPrefix}${line}\n`);
    }
  });
}

function styleOf(text: string, what: string): Style {
  if (text === 'a') return () => true;
  if (text === 't') return (_, isBlank) => !isBlank;
  if (text === 'n') return () => false;
  if (!text.startsWith('p')) return fail(1, `invalid ${what} numbering style: ${quote(text)}`);
  try {
    const regex = new Regex(text.slice(1), { isExtended: false, isUtf8: isUtf8Locale() });
    return line => regex.test(line);
  } catch (error) {
    if (error instanceof RegexError) return fail(1, error.message);
    throw error;
  }
}
