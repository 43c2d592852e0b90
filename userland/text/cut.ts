/** cut(1): GNU coreutils 9.1, where characters are bytes. */
import { eachInput } from '../coreutils/lib/io.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { complementList, ListError, parseList, type Span } from './lib/list.ts';

const USAGE = `Usage: cut OPTION... [FILE]...
Print selected parts of lines from each FILE to standard output.

With no FILE, or when FILE is -, read standard input.

  -b, --bytes=LIST        select only these bytes
  -c, --characters=LIST   select only these characters
  -d, --delimiter=DELIM   use DELIM instead of TAB for field delimiter
  -f, --fields=LIST       select only these fields;  also print any line
                            that contains no delimiter character, unless
                            the -s option is specified
  -n                      (ignored)
      --complement        complement the set of selected bytes, characters
                            or fields
  -s, --only-delimited    do not print lines not containing delimiters
      --output-delimiter=STRING  use STRING as the output delimiter
                            the default is to use the input delimiter
  -z, --zero-terminated   line delimiter is NUL, not newline
      --help        display this help and exit
      --version     output version information and exit
`;

export function cut(argv: string[]): number {
  const found = parse(argv, {
    short: 'b:c:d:f:nsz',
    long: {
      bytes: 'b',
      characters: 'c',
      fields: 'f',
      delimiter: 'd',
      'only-delimited': 's',
      complement: 'complement',
      'output-delimiter': 'output:',
      'zero-terminated': 'z',
    },
    usage: USAGE,
  });
  const lists = found.options.filter(option => 'bcf'.includes(option.key));
  const [list] = lists;
  if (!list) return usageError('cut', 'you must specify a list of bytes, characters, or fields');
  if (lists.length > 1) return usageError('cut', 'only one list may be specified');
  const isFields = list.key === 'f';
  let delimiter = found.value('d');
  if (delimiter !== undefined && delimiter.length > 1)
    return usageError('cut', 'the delimiter must be a single character');
  if (!isFields && delimiter !== undefined) {
    return usageError('cut', 'an input delimiter may be specified only when operating on fields');
  }
  if (!isFields && found.has('s')) {
    return usageError('cut', 'suppressing non-delimited lines makes sense\n\tonly when operating on fields');
  }
  if (delimiter === '') delimiter = '\0';
  delimiter ??= '\t';
  let spans: Span[];
  try {
    spans = parseList(list.value!, isFields);
  } catch (error) {
    if (error instanceof ListError) return usageError('cut', error.message);
    throw error;
  }
  if (found.has('complement')) spans = complementList(spans);
  const end = found.has('z') ? '\0' : '\n';
  const output = found.value('output');
  const pick = isFields
    ? fieldPicker(spans, delimiter, output ?? delimiter, found.has('s'))
    : bytePicker(spans, output);
  return eachInput(found.operands, fd => {
    const reader = new LineReader(fd, { delimiter: end });
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      const picked = pick(line);
      if (picked !== undefined) stdout.write(picked + end);
    }
  });
}

type Picker = (line: string) => string | undefined;

function bytePicker(spans: readonly Span[], output: string | undefined): Picker {
  return line => {
    let out = '';
    let isFirst = true;
    for (const { from, to } of spans) {
      if (from > line.length) break;
      if (!isFirst && output !== undefined) out += output;
      isFirst = false;
      out += line.slice(from - 1, to);
    }
    return out;
  };
}

function fieldPicker(
  spans: readonly Span[],
  delimiter: string,
  output: string,
  isOnlyDelimited: boolean,
): Picker {
  return line => {
    // `at` is where field number `field` begins.
    let at = line.indexOf(delimiter);
    if (at < 0) return isOnlyDelimited ? undefined : line;
    at = 0;
    let field = 1;
    let out: string | undefined;
    for (const { from, to } of spans) {
      while (field < from && at >= 0) {
        const next = line.indexOf(delimiter, at);
        at = next < 0 ? -1 : next + 1;
        field++;
      }
      if (at < 0) break;
      if (to === Infinity) {
        const rest =
          output === delimiter ? line.slice(at) : line.slice(at).replaceAll(delimiter, () => output);
        return out === undefined ? rest : out + output + rest;
      }
      while (field <= to && at >= 0) {
        const next = line.indexOf(delimiter, at);
        const piece = next < 0 ? line.slice(at) : line.slice(at, next);
        out = out === undefined ? piece : out + output + piece;
        at = next < 0 ? -1 : next + 1;
        field++;
      }
      if (at < 0) break;
    }
    return out ?? '';
  };
}
