/** sed's l: a line with everything unprintable written as escapes, folded. */

const NAMED: Record<string, string> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** `width` 0 or 1: no folding. */
export function escapeLine(text: string, width: number): string {
  const limit = width <= 1 ? Infinity : width - 1;
  let out = '';
  let column = 0;
  for (const char of text) {
    const piece =
      NAMED[char] ??
      (char >= ' ' && char <= '~' ? char : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
    if (column + piece.length > limit) {
      out += '\\\n';
      column = 0;
    }
    out += piece;
    column += piece.length;
  }
  return `${out}$\n`;
}
