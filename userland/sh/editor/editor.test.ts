import { expect, test } from 'vitest';
import { EditBuffer } from './edit-buffer.ts';
import { KeyReader } from './keys.ts';
import { Screen } from './screen.ts';

/** A terminal of a few rows that understands what the screen writes. */
class Terminal {
  readonly rows: string[][] = [[]];
  row = 0;
  column = 0;
  readonly columns: number;
  constructor(columns: number) {
    this.columns = columns;
  }
  write(text: string): void {
    // eslint-disable-next-line no-control-regex
    for (const [piece, count = '1', final] of text.matchAll(/\x1b\[(\d*)([A-Z])|[^]/g)) {
      const by = Number(count || '1');
      if (final === 'A') this.row -= by;
      else if (final === 'B') this.row += by;
      else if (final === 'C') this.column += by;
      else if (final === 'D') this.column -= by;
      else if (final === 'J') {
        this.rows.length = this.row + 1;
        this.rows[this.row]!.length = this.column;
      } else if (final === 'K') this.rows[this.row]!.length = this.column;
      else if (piece === '\r') this.column = 0;
      else if (piece === '\b') this.column--;
      else if (piece === '\n') this.rows[++this.row] ??= [];
      else this.rows[this.row]![this.column++] = piece;
    }
  }
  get text(): string {
    return this.rows.map(row => row.join('')).join('\n');
  }
}

test('drawing changes only what changed, over several rows, and leaves the cursor where it belongs', () => {
  const terminal = new Terminal(10);
  const screen = new Screen(10, true);
  const line = new EditBuffer();
  const draw = (): void => terminal.write(screen.draw('$ ', line.chars, line.cursor));
  draw();
  for (const char of 'abcdefghijklm') {
    line.insert(char, true);
    draw();
  }
  expect(terminal.text).toBe('$ abcdefgh\nijklm');
  line.home();
  line.insert('XY', true);
  draw();
  expect(terminal.text).toBe('$ XYabcdef\nghijklm');
  expect([terminal.row, terminal.column]).toEqual([0, 4]);
  line.cutToEnd();
  draw();
  expect(terminal.text).toBe('$ XY');
  line.paste();
  line.move(-1);
  draw();
  expect([terminal.row, terminal.column]).toEqual([1, 6]);
});

test('a prompt after the unfinished line of a program stays there', () => {
  const terminal = new Terminal(40);
  const screen = new Screen(40, true);
  terminal.write('partial');
  const line = new EditBuffer();
  line.set('ls', true);
  terminal.write(screen.draw('$ ', line.chars, 2));
  line.home();
  line.deleteAt();
  terminal.write(screen.draw('$ ', line.chars, 0));
  expect(terminal.text).toBe('partial$ s');
});

test('characters of several bytes are edited as one', () => {
  const line = new EditBuffer();
  line.insert('h\xc3\xa9\xe6\x97\xa5', true);
  expect(line.chars).toEqual(['h', '\xc3\xa9', '\xe6\x97\xa5']);
  line.deleteBefore();
  line.wordLeft();
  expect([line.text, line.cursor]).toEqual(['h\xc3\xa9', 0]);
});

test('escape sequences become keys, a lone escape too', () => {
  const bytes = 'a\x1b[A\x1b[1;5D\x1bOH\x1b[3~\x1bb\x01\xc3\xa9\x1b[200~x\ry\x1b[201~\x1b'.split('');
  const keys = new KeyReader(
    () => bytes.shift() ?? '',
    () => bytes.length > 0,
  );
  const names: string[] = [];
  for (let key = keys.next(true); key; key = keys.next(true)) names.push(key.text ?? key.name);
  expect(names).toEqual([
    'a',
    'up',
    'word-left',
    'home',
    'delete',
    'alt-b',
    'ctrl-a',
    '\xc3\xa9',
    'x\ny',
    'escape',
  ]);
});
