/** The formats of -printf: escapes and directives, compiled to pieces once. */
import { type Directive, formatInteger, formatString } from '../coreutils/lib/directive.ts';
import type { Entry } from './entry.ts';
import { directiveText, TIME_DIRECTIVES } from './format-fields.ts';
import { fatal, say } from './report.ts';

interface Field {
  readonly letter: string;
  /** The second letter of %A, %B, %C and %T. */
  readonly kind: string;
  readonly directive: Directive;
}

export interface Format {
  readonly pieces: readonly (string | Field)[];
  /** `\c`: what is written goes out at once. */
  readonly isFlushed: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\',
}; // prettier-ignore
const LETTERS = 'abcdDfFgGhHiklmMnpPsStuUyYZ';

export function parseFormat(text: string): Format {
  const pieces: (string | Field)[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') pieces.push(literal);
    literal = '';
  };
  for (let i = 0; i < text.length;) {
    const char = text[i]!;
    if (char === '\\') {
      const octal = /^[0-7]{1,3}/.exec(text.slice(i + 1));
      const next = text[i + 1];
      if (octal) {
        literal += String.fromCharCode(parseInt(octal[0], 8) & 0xff);
        i += 1 + octal[0].length;
      } else if (next === 'c') {
        flush();
        return { pieces, isFlushed: true };
      } else if (next === undefined) {
        say("warning: escape `\\' followed by nothing at all");
        literal += '\\';
        i++;
      } else {
        if (!Object.hasOwn(ESCAPES, next)) say(`warning: unrecognized escape \`\\${next}'`);
        literal += ESCAPES[next] ?? `\\${next}`;
        i += 2;
      }
    } else if (char !== '%') {
      literal += char;
      i++;
    } else {
      if (text[i + 1] === '%') {
        literal += '%';
        i += 2;
        continue;
      }
      const [whole, flags, width, precision] = /^%([-+ 0#]*)(\d*)(?:\.(\d*))?/.exec(text.slice(i))!;
      const letter = text[i + whole.length];
      if (letter === undefined) return fatal('error: % at end of format string');
      if ('{[('.includes(letter)) {
        return fatal(`error: the format directive \`%${letter}' is reserved for future use`);
      }
      const kind = TIME_DIRECTIVES.includes(letter) ? text[i + whole.length + 1] : '';
      const end = i + whole.length + 1 + (kind?.length ?? 0);
      if (kind === undefined) {
        say(`warning: format directive \`%${letter}' should be followed by another character`);
        literal += text.slice(i);
      } else if (kind === '' && !LETTERS.includes(letter)) {
        if (letter !== '%') say(`warning: unrecognized format directive \`%${letter}'`);
        literal += text.slice(i, letter === '%' ? end - 1 : end);
      } else {
        flush();
        pieces.push({
          letter,
          kind,
          directive: {
            flags: flags!,
            width: Number(width),
            precision: precision === undefined ? undefined : Number(precision),
            conversion: letter === 'm' ? 'o' : letter === 'd' ? 'd' : 's',
          },
        });
      }
      i = end;
    }
  }
  flush();
  return { pieces, isFlushed: false };
}

/** The text for one file; undefined if something about it cannot be found out. */
export function formatEntry(format: Format, entry: Entry): string {
  let out = '';
  for (const piece of format.pieces) {
    if (typeof piece === 'string') {
      out += piece;
      continue;
    }
    const { letter, kind, directive } = piece;
    const value = directiveText(entry, letter, kind);
    if (value === undefined) continue;
    if (typeof value === 'number') out += formatInteger(BigInt(value), directive);
    else {
      out += formatString(value, directive);
    }
  }
  return out;
}
