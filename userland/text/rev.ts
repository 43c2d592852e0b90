/** rev(1): util-linux 2.38. Reverses the characters of each line. */
import { eachInput } from '../coreutils/lib/io.ts';
import { isUtf8Locale } from '../libc/fnmatch.ts';
import { parse } from '../libc/getopt.ts';
import { isAscii } from '../libc/regex.ts';
import { characters } from '../libc/regex/utf8.ts';
import { LineReader, stdout } from '../libc/stdio.ts';

const USAGE = `Usage: rev [options] [file ...]

Reverse lines characterwise.

Options:
 -0, --zero     use the byte 0 as line separator
 -h, --help     display this help
 -V, --version  display version
`;

export function rev(argv: string[]): number {
  const found = parse(argv, { short: '0hV', long: { zero: '0' }, usage: USAGE });
  const delimiter = found.has('0') ? '\0' : '\n';
  const isUtf8 = isUtf8Locale();
  return eachInput(found.operands, fd => {
    const reader = new LineReader(fd, { delimiter });
    for (let line = reader.next(); line !== undefined; line = reader.next()) {
      const chars = isUtf8 && !isAscii(line) ? characters(line) : line.split('');
      stdout.write(chars.reverse().join('') + (reader.hadDelimiter ? delimiter : ''));
    }
  });
}
