/** Arguments of options that are words of a list (gnulib's argmatch). */
import { usageError } from '../../libc/getopt.ts';
import { quote } from './quote.ts';

/** Words that mean the same stand in one row. */
export type Choices = readonly (readonly string[])[];

export function invalidArgument(
  argv0: string,
  option: string,
  word: string,
  choices: Choices,
  status = 1,
  problem: 'invalid' | 'ambiguous' = 'invalid',
): never {
  const list = choices.map(row => `\n  - ${row.map(quote).join(', ')}`).join('');
  return usageError(
    argv0,
    `${problem} argument ${quote(word)} for ${quote(option)}\nValid arguments are:${list}`,
    status,
  );
}

/** The first word of the row that `word` is in, or abbreviates. */
export function choose(argv0: string, option: string, word: string, choices: Choices, status = 1): string {
  const exact = choices.find(row => row.includes(word));
  if (exact) return exact[0]!;
  const matches = choices.filter(row => row.some(item => item.startsWith(word)));
  if (matches.length === 1) return matches[0]![0]!;
  return invalidArgument(argv0, option, word, choices, status, matches.length > 1 ? 'ambiguous' : 'invalid');
}
