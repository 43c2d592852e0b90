/** Byte strings in C's notation, as strace(1) prints them. */

const NAMED: Readonly<Record<number, string>> = {
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
};

/** `"text"`, cut after `limit` bytes with an ellipsis; octal escapes are as short as the next character permits. */
export function quote(bytes: string, limit: number, isWhole = true): string {
  let shown = '';
  const end = Math.min(limit, bytes.length);
  for (let i = 0; i < end; i++) {
    const code = bytes.charCodeAt(i);
    const named = NAMED[code];
    if (named !== undefined) shown += named;
    else if (code >= 32 && code < 127) shown += bytes[i];
    else {
      const next = i + 1 < end ? bytes[i + 1]! : '';
      const isDigitNext = next >= '0' && next <= '7';
      shown += `\\${code.toString(8).padStart(isDigitNext ? 3 : 1, '0')}`;
    }
  }
  return `"${shown}"${bytes.length > limit || !isWhole ? '...' : ''}`;
}
