/** An extended regular expression given by the user; a bad one ends the program. */
import { Regex, RegexError } from '../../libc/regex.ts';
import { fail } from '../../libc/stdlib.ts';

export function pattern(text: string, letters: 'exact' | 'caseless'): Regex {
  try {
    return new Regex(text, { isExtended: true, isCaseless: letters === 'caseless' });
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return fail(2, `regex error: ${error.message}`);
  }
}
