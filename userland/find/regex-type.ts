/** -regextype: the syntaxes that find knows, and how the default one, that of Emacs, is written as an ERE. */

export const REGEX_TYPES: Readonly<Record<string, 'emacs' | 'basic' | 'extended'>> = {
  'findutils-default': 'emacs',
  ed: 'basic',
  emacs: 'emacs',
  'gnu-awk': 'extended',
  grep: 'basic',
  'posix-awk': 'extended',
  awk: 'extended',
  'posix-basic': 'basic',
  'posix-egrep': 'extended',
  egrep: 'extended',
  'posix-extended': 'extended',
  'posix-minimal-basic': 'basic',
  sed: 'basic',
};

/** In Emacs' syntax groups and alternatives have backslashes, `+` and `?` have none, and there are no intervals. */
export function emacsToExtended(pattern: string): string {
  let out = '';
  // Whether an operator here would have nothing to repeat, and stands for itself.
  let isStart: boolean = true;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    const wasStart: boolean = isStart;
    isStart = false;
    if (char === '\\' && i + 1 < pattern.length) {
      const next = pattern[++i]!;
      if (next === '(' || next === ')' || next === '|') {
        out += next;
        isStart = next !== ')';
      } else if (next === '{' || next === '}') out += `\\${next}`;
      else out += `\\${next}`;
    } else if (char === '[') {
      const end = bracketEnd(pattern, i);
      out += pattern.slice(i, end);
      i = end - 1;
    } else if ('(){}|'.includes(char)) out += `\\${char}`;
    else if ('*+?'.includes(char) && wasStart) out += `\\${char}`;
    else {
      out += char;
      isStart = char === '^' && wasStart;
    }
  }
  return out;
}

/** Where a bracket expression that begins at `start` ends. */
function bracketEnd(pattern: string, start: number): number {
  let i = start + 1;
  if (pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === ']') return i + 1;
    if (pattern[i] === '[' && /[:.=]/.test(pattern[i + 1] ?? '')) {
      const end = pattern.indexOf(`${pattern[i + 1]}]`, i + 2);
      if (end > 0) i = end + 1;
    }
  }
  return pattern.length;
}
