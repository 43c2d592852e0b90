/** Bytes of a terminal as keys: characters, and names for what comes as an escape sequence. */

const FINAL: Readonly<Record<string, string>> = {
  A: '<Up>',
  B: '<Down>',
  C: '<Right>',
  D: '<Left>',
  H: '<Home>',
  F: '<End>',
};
const NUMBERED: Readonly<Record<string, string>> = {
  '1': '<Home>',
  '2': '<Insert>',
  '3': '<Delete>',
  '4': '<End>',
  '5': '<PageUp>',
  '6': '<PageDown>',
  '7': '<Home>',
  '8': '<End>',
};

export interface ByteSource {
  /** The next byte; undefined when `timeoutMs` is over (-1: waits for ever). */
  next(timeoutMs: number): string | undefined;
  unread(bytes: string): void;
}

/** How long after the escape byte the rest of a sequence may come. */
const ESCAPE_MS = 40;

/** The next key. */
export function readKey(source: ByteSource): string {
  const byte = source.next(-1)!;
  if (byte === '\x1b') return afterEscape(source);
  const code = byte.charCodeAt(0);
  const length = code < 0xc2 ? 1 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : code < 0xf5 ? 4 : 1;
  let key = byte;
  while (key.length < length) {
    const next = source.next(ESCAPE_MS);
    if (next === undefined) break;
    if ((next.charCodeAt(0) & 0xc0) !== 0x80) {
      source.unread(next);
      break;
    }
    key += next;
  }
  return key;
}

function afterEscape(source: ByteSource): string {
  const second = source.next(ESCAPE_MS);
  if (second === undefined) return '\x1b';
  if (second !== '[' && second !== 'O') {
    source.unread(second);
    return '\x1b';
  }
  let parameters = '';
  for (;;) {
    const byte = source.next(ESCAPE_MS);
    if (byte === undefined) {
      // ESC O and ESC [ typed as such: commands of their own.
      source.unread(second + parameters);
      return '\x1b';
    }
    if (/[0-9;?]/.test(byte) && second === '[') {
      parameters += byte;
      continue;
    }
    if (byte === '~') return NUMBERED[parameters.split(';')[0]!] ?? '<Unknown>';
    const name = FINAL[byte];
    if (name !== undefined) return withModifier(name, parameters);
    if (second === 'O') {
      if (byte === 'M') return '\r';
      source.unread(second + byte);
      return '\x1b';
    }
    return '<Unknown>';
  }
}

/** Ctrl and an arrow move by words. */
function withModifier(name: string, parameters: string): string {
  if (parameters.split(';')[1] !== '5') return name;
  if (name === '<Left>') return '<WordLeft>';
  return name === '<Right>' ? '<WordRight>' : name;
}
