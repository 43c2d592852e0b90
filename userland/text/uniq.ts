/** uniq(1): GNU coreutils 9.1. */
import { quote, quotef, quoteaf } from '../coreutils/lib/quote.ts';
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../libc/fcntl.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { LineReader, stdout, Writer } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { open } from '../libc/unistd.ts';

const USAGE = `Usage: uniq [OPTION]... [INPUT [OUTPUT]]
Filter adjacent matching lines from INPUT (or standard input),
writing to OUTPUT (or standard output).

With no options, matching lines are merged to the first occurrence.

  -c, --count           prefix lines by the number of occurrences
  -d, --repeated        only print duplicate lines, one for each group
  -D                    print all duplicate lines
      --all-repeated[=METHOD]  like -D, but allow separating groups
                                 with an empty line;
                                 METHOD={none(default),prepend,separate}
  -f, --skip-fields=N   avoid comparing the first N fields
      --group[=METHOD]  show all items, separating groups with an empty line;
                          METHOD={separate(default),prepend,append,both}
  -i, --ignore-case     ignore differences in case when comparing
  -s, --skip-chars=N    avoid comparing the first N characters
  -u, --unique          only print unique lines
  -z, --zero-terminated     line delimiter is NUL, not newline
  -w, --check-chars=N   compare no more than N characters in lines
      --help        display this help and exit
      --version     output version information and exit
`;

/** Old forms: -N skips fields, +N skips characters. */
function modernise(argv: readonly string[]): string[] {
  return argv.map((word, i) => (i > 0 && /^-[0-9]+$/.test(word) ? `-f${word.slice(1)}` : word));
}

export function uniq(argv: string[]): number {
  const found = parse(modernise(argv), {
    short: 'cdDf:is:uw:z',
    long: {
      count: 'c',
      repeated: 'd',
      'all-repeated': 'D::',
      group: 'group::',
      'skip-fields': 'f',
      'ignore-case': 'i',
      'skip-chars': 's',
      unique: 'u',
      'zero-terminated': 'z',
      'check-chars': 'w',
    },
    usage: USAGE,
  });
  const number = (key: string, what: string): number => {
    const text = found.value(key);
    if (text === undefined) return key === 'w' ? Infinity : 0;
    if (!/^[0-9]+$/.test(text)) fail(1, `${text}: invalid number of ${what}`);
    return Number(text);
  };
  const skipFields = number('f', 'fields to skip');
  const skipChars = number('s', 'bytes to skip');
  const width = number('w', 'bytes to compare');
  const isCaseless = found.has('i');
  const end = found.has('z') ? '\0' : '\n';
  const method = methodOf(found.value('D'), '--all-repeated', ['none', 'prepend', 'separate'], 'none');
  const group = methodOf(
    found.value('group'),
    '--group',
    ['prepend', 'append', 'separate', 'both'],
    'separate',
  );
  if (found.has('group') && found.has('c', 'd', 'D', 'u')) {
    return usageError('uniq', '--group is mutually exclusive with -c/-d/-D/-u');
  }
  if (found.has('c') && found.has('D')) {
    return usageError('uniq', 'printing all duplicated lines and repeat counts is meaningless');
  }
  const [inputName = '-', outputName = '-', extra] = found.operands;
  if (extra !== undefined) return usageError('uniq', `extra operand ${quote(extra)}`);
  const fd = openOrFail(inputName, O_RDONLY, 0);
  const out =
    outputName === '-' ? stdout : new Writer(openOrFail(outputName, O_WRONLY | O_CREAT | O_TRUNC, 1));

  const isPlain = skipFields === 0 && skipChars === 0 && width === Infinity && !isCaseless;
  const keyOf = (line: string): string => {
    if (isPlain) return line;
    let at = 0;
    for (let i = 0; i < skipFields && at < line.length; i++) {
      while (at < line.length && (line[at] === ' ' || line[at] === '\t')) at++;
      while (at < line.length && line[at] !== ' ' && line[at] !== '\t') at++;
    }
    at += Math.min(skipChars, line.length - at);
    const key = line.slice(at, width === Infinity ? undefined : at + width);
    return isCaseless ? key.replaceAll(/[a-z]+/g, small => small.toUpperCase()) : key;
  };

  const reader = new LineReader(fd, { delimiter: end });
  const next = (): string | undefined => {
    try {
      return reader.next();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return fail(1, `error reading ${quoteaf(inputName)}`);
    }
  };
  const isAll = found.has('D');
  if (isAll || found.has('group')) {
    showGroups(next, keyOf, text => out.write(text + end), isAll, isAll ? method : group, found.has('u'));
  } else {
    const hasCount = found.has('c');
    const showsUnique = !found.has('d') || found.has('u');
    const showsRepeated = !found.has('u');
    const showsNothing = found.has('d') && found.has('u');
    let line = next();
    while (line !== undefined) {
      const first = line;
      const key = keyOf(line);
      let count = 1;
      for (line = next(); line !== undefined && keyOf(line) === key; line = next()) count++;
      if (showsNothing || (count === 1 ? !showsUnique : !showsRepeated)) continue;
      out.write(hasCount ? `${String(count).padStart(7)} ${first}${end}` : first + end);
    }
  }
  if (out !== stdout) out.flush();
  return 0;
}

/** -D and --group: every line is shown, with empty lines around groups. */
function showGroups(
  next: () => string | undefined,
  keyOf: (line: string) => string,
  show: (text: string) => void,
  isRepeatedOnly: boolean,
  method: string,
  isUniqueHidden: boolean,
): void {
  let isFirstGroup = true;
  let line = next();
  while (line !== undefined) {
    const key = keyOf(line);
    const first = line;
    let isOpen = false;
    const openGroup = (): void => {
      isOpen = true;
      if (method === 'prepend' || method === 'both' || (method === 'separate' && !isFirstGroup)) show('');
      isFirstGroup = false;
      show(first);
    };
    if (!isRepeatedOnly) openGroup();
    for (line = next(); line !== undefined && keyOf(line) === key; line = next()) {
      if (!isOpen) openGroup();
      if (!isUniqueHidden) show(line);
    }
    if (isOpen && (method === 'append' || (method === 'both' && line === undefined))) show('');
  }
}

function methodOf(
  text: string | undefined,
  option: string,
  known: readonly string[],
  standard: string,
): string {
  if (text === undefined) return standard;
  const matches = known.filter(name => name.startsWith(text));
  if (matches.length === 1) return matches[0]!;
  const valid = known.map(name => `  - ${quote(name)}`).join('\n');
  return usageError(
    'uniq',
    `${matches.length > 1 ? 'ambiguous' : 'invalid'} argument ${quote(text)} for ${quote(option)}\nValid arguments are:\n${valid}`,
  );
}

function openOrFail(name: string, flags: number, standard: number): number {
  if (name === '-') return standard;
  try {
    return open(name, flags);
  } catch (error) {
    if (error instanceof SysError) return fail(1, `${quotef(name)}: ${error.message}`);
    throw error;
  }
}
