/** Turns the bytes of a terminal into keys. Pure: fed with bytes as they come. */

/** A key: 'char' with its text, or a name such as 'left', 'ctrl-a', 'alt-b', 'enter'. */
export type Key =
  { readonly name: 'char'; readonly text: string } | { readonly name: string; readonly text?: undefined };

const FINAL: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'backtab',
};
const NUMBERED: Readonly<Record<string, string>> = {
  '1': 'home',
  '2': 'insert',
  '3': 'delete',
  '4': 'end',
  '5': 'page-up',
  '6': 'page-down',
  '7': 'home',
  '8': 'end',
};
const CONTROL: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  10: 'enter',
  13: 'enter',
  127: 'backspace',
};

export class KeyReader {
  private readonly readByte: () => string;
  /** True when another byte is there already: tells a lone escape key from a sequence. */
  private readonly hasMore: () => boolean;

  constructor(readByte: () => string, hasMore: () => boolean) {
    this.readByte = readByte;
    this.hasMore = hasMore;
  }

  /** The next key; undefined at the end of the input. */
  next(isUtf8: boolean): Key | undefined {
    const byte = this.readByte();
    if (byte === '') return undefined;
    const code = byte.charCodeAt(0);
    if (code === 27) return this.afterEscape(isUtf8);
    const control = CONTROL[code];
    if (control !== undefined) return { name: control };
    if (code < 32) return { name: `ctrl-${String.fromCharCode(code + 96)}` };
    return { name: 'char', text: isUtf8 ? this.wholeCharacter(byte) : byte };
  }

  private wholeCharacter(first: string): string {
    const code = first.charCodeAt(0);
    const length = code < 0xc2 ? 1 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : code < 0xf5 ? 4 : 1;
    let text = first;
    while (text.length < length) {
      const byte = this.readByte();
      if (byte === '') break;
      text += byte;
    }
    return text;
  }

  private afterEscape(isUtf8: boolean): Key {
    if (!this.hasMore()) return { name: 'escape' };
    const byte = this.readByte();
    if (byte === '[') return this.sequence();
    if (byte === 'O') return { name: FINAL[this.readByte()] ?? 'unknown' };
    const code = byte.charCodeAt(0);
    if (code === 127 || code === 8) return { name: 'alt-backspace' };
    if (code < 32) return { name: 'unknown' };
    return { name: `alt-${isUtf8 ? this.wholeCharacter(byte) : byte}` };
  }

  /** ESC [ parameters final */
  private sequence(): Key {
    let parameters = '';
    for (;;) {
      const byte = this.readByte();
      if (byte === '') return { name: 'unknown' };
      if (/[0-9;?<=>:]/.test(byte)) {
        parameters += byte;
        continue;
      }
      const [first = '', modifier = ''] = parameters.split(';');
      if (byte === '~') {
        if (first === '200') return { name: 'char', text: this.pasted() };
        return { name: NUMBERED[first] ?? 'unknown' };
      }
      const name = FINAL[byte] ?? 'unknown';
      // Ctrl (5) and Alt (3) with an arrow move by words.
      return { name: modifier === '5' || modifier === '3' ? `word-${name}` : name };
    }
  }

  /** Bracketed paste: everything up to ESC [ 201 ~ is text. */
  private pasted(): string {
    const end = '\x1b[201~';
    let text = '';
    while (!text.endsWith(end)) {
      const byte = this.readByte();
      if (byte === '') return text;
      text += byte;
    }
    return text.slice(0, -end.length).replace(/\r/g, '\n');
  }
}
