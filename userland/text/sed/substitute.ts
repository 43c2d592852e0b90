/** sed's s command on one pattern space. */
import type { Regex } from '../../libc/regex.ts';
import { charLength } from '../../libc/regex/utf8.ts';
import { expand } from './replacement.ts';
import type { Substitution } from './script.ts';

type Rules = Pick<Substitution, 'replacement' | 'isGlobal' | 'number'>;

/** The new text, or undefined if nothing was replaced. */
export function substitute(text: string, regex: Regex, rules: Rules): string | undefined {
  let match = regex.exec(text);
  if (!match) return undefined;
  let out = '';
  let copied = 0;
  let count = 0;
  let hasReplaced = false;
  let previousEnd = -1;
  while (match) {
    const { start, end } = match;
    // An empty match right behind another match does not count.
    if (start !== end || start !== previousEnd) {
      count++;
      if (count >= rules.number) {
        out += text.slice(copied, start) + expand(rules.replacement, match);
        copied = end;
        hasReplaced = true;
        if (!rules.isGlobal) break;
      }
    }
    previousEnd = end;
    const next = start === end ? end + (end < text.length ? charLength(text, end) : 1) : end;
    if (next > text.length) break;
    match = regex.exec(text, next);
  }
  return hasReplaced ? out + text.slice(copied) : undefined;
}
