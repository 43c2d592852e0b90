/**
 * The line editor: emacs keys on a terminal in raw mode. The terminal is raw only while a line is typed; programs run
 * with the settings that were there before.
 */
import { EINTR, EIO } from '../../../kernel/abi/errno.ts';
import { SysError, native } from '../../libc/native.ts';
import { alloc, type Buffer } from '../../libc/memory.ts';
import { POLLIN, poll } from '../../libc/poll.ts';
import { signal, SIGWINCH } from '../../libc/signal.ts';
import * as tio from '../../libc/termios.ts';
import { read } from '../../libc/unistd.ts';
import { characters } from '../../libc/fnmatch.ts';
import { Interrupted } from '../errors.ts';
import type { Shell } from '../shell.ts';
import { takeSignals } from '../signals.ts';
import { commonPrefix, complete } from './completion.ts';
import { EditBuffer } from './edit-buffer.ts';
import { type Key, KeyReader } from './keys.ts';
import { Screen } from './screen.ts';
import { characterWidth } from './text-width.ts';

let isResized = false;

export class LineEditor {
  private readonly shell: Shell;
  private readonly input: Buffer;
  private inputAt = 0;
  private inputEnd = 0;
  private readonly keys: KeyReader;
  private readonly line = new EditBuffer();
  private screen: Screen;
  private prompt = '';
  /** Place in the history: its length is the line under edit. */
  private historyAt = 0;
  /** Lines under edit by their place in the history. */
  private edited = new Map<number, string>();
  private lastKey = '';

  constructor(shell: Shell) {
    this.shell = shell;
    this.input = alloc(1024);
    this.keys = new KeyReader(
      () => this.readByte(),
      () => this.hasMore(),
    );
    this.screen = new Screen(80, true);
  }

  /** An editor if standard input and error are a terminal. */
  static forTerminal(shell: Shell): LineEditor | undefined {
    try {
      tio.tcgetattr(0);
      tio.tcgetattr(2);
    } catch (error) {
      if (error instanceof SysError) return undefined;
      throw error;
    }
    if (shell.variables.get('TERM') === 'dumb') return undefined;
    return new LineEditor(shell);
  }

  /** One line without its newline; undefined at the end of the input (Ctrl-D). Ctrl-C is thrown. */
  readLine(prompt: string): string | undefined {
    const settings = tio.tcgetattr(0);
    this.begin(prompt);
    tio.tcsetattr(0, 'drain', rawSettings(settings));
    signal(SIGWINCH, () => {
      isResized = true;
    });
    try {
      return this.edit();
    } finally {
      signal(SIGWINCH, 'default');
      tio.tcsetattr(0, 'drain', settings);
    }
  }

  private begin(prompt: string): void {
    this.prompt = prompt;
    this.line.set('', false);
    this.historyAt = this.shell.history.length;
    this.edited.clear();
    this.screen = new Screen(this.columns(), this.shell.isUtf8);
    this.lastKey = '';
  }

  private columns(): number {
    const { columns } = tio.winsize(0);
    return columns > 0 ? columns : 80;
  }

  private edit(): string | undefined {
    this.draw();
    for (;;) {
      const key = this.keys.next(this.shell.isUtf8);
      if (!key) return this.leave(undefined);
      const result = this.handle(key);
      this.lastKey = key.name;
      if (result === 'go on') {
        if (!this.hasTyped()) this.draw();
        continue;
      }
      if (result === 'accept') return this.leave(this.line.text);
      if (result === 'end') return this.leave(undefined);
      this.line.end();
      this.draw();
      this.write('^C');
      throw new Interrupted();
    }
  }

  /** True when more keys are in the buffer: drawing can wait (pasting). */
  private hasTyped(): boolean {
    return this.inputAt < this.inputEnd;
  }

  private leave(line: string | undefined): string | undefined {
    this.line.end();
    this.draw();
    this.write('\r\n');
    return line;
  }

  private draw(): void {
    this.write(this.screen.draw(this.prompt, this.line.chars, this.line.cursor));
  }

  private write(text: string): void {
    this.shell.say(text);
  }

  private handle(key: Key): 'go on' | 'accept' | 'end' | 'interrupt' {
    const { line, shell } = this;
    switch (key.name) {
      case 'char':
        line.insert(key.text!, shell.isUtf8);
        break;
      case 'enter':
        return 'accept';
      case 'ctrl-c':
        return 'interrupt';
      case 'ctrl-d':
        if (line.chars.length > 0) line.deleteAt();
        else if (!shell.options.has('ignoreeof')) return 'end';
        else this.write('\r\nUse "exit" to leave shell.\r\n');
        break;
      case 'tab':
        this.completeWord();
        break;
      case 'ctrl-r':
        return this.searchHistory();
      case 'up':
      case 'ctrl-p':
        this.walkHistory(-1);
        break;
      case 'down':
      case 'ctrl-n':
        this.walkHistory(1);
        break;
      case 'ctrl-l':
        this.write('\x1b[H\x1b[2J');
        this.screen.reset();
        break;
      case 'ctrl-v': {
        const byte = this.readByte();
        if (byte !== '') line.insert(byte, false);
        break;
      }
      default:
        EDITS[key.name]?.(line);
    }
    return 'go on';
  }

  private walkHistory(by: number): void {
    const { history } = this.shell;
    const next = this.historyAt + by;
    if (next < 0 || next > history.length) return;
    this.edited.set(this.historyAt, this.line.text);
    this.historyAt = next;
    this.line.set(this.edited.get(next) ?? history[next] ?? '', this.shell.isUtf8);
  }

  /** Ctrl-R: each typed character narrows the search; Ctrl-R again looks further back. */
  private searchHistory(): 'go on' | 'accept' | 'interrupt' {
    const { history, isUtf8 } = this.shell;
    const before = { text: this.line.text, cursor: this.line.cursor };
    const { prompt } = this;
    let wanted = '';
    let at = history.length;
    const look = (from: number): void => {
      for (let i = Math.min(from, history.length - 1); i >= 0; i--) {
        const found = history[i]!.indexOf(wanted);
        if (found < 0) continue;
        at = i;
        this.line.set(history[i]!, isUtf8);
        this.line.cursor = characters(history[i]!.slice(0, found), isUtf8).length;
        return;
      }
    };
    try {
      for (;;) {
        this.prompt = `(reverse-i-search)\`${wanted}': `;
        this.draw();
        const key = this.keys.next(isUtf8);
        if (!key) return 'go on';
        if (key.name === 'char') {
          wanted += key.text!;
          look(at);
        } else if (key.name === 'ctrl-r') look(at - 1);
        else if (key.name === 'backspace') {
          wanted = Array.from(characters(wanted, isUtf8)).slice(0, -1).join('');
          look(history.length - 1);
        } else if (key.name === 'ctrl-g' || key.name === 'ctrl-c') {
          this.line.set(before.text, isUtf8);
          this.line.cursor = before.cursor;
          return 'go on';
        } else {
          this.historyAt = Math.min(at, history.length);
          this.prompt = prompt;
          const result = key.name === 'escape' ? 'go on' : this.handle(key);
          return result === 'end' ? 'go on' : result;
        }
      }
    } finally {
      this.prompt = prompt;
    }
  }

  private completeWord(): void {
    const { line, shell } = this;
    const before = line.chars.slice(0, line.cursor).join('');
    const { replaced, candidates, labels } = complete(shell, before);
    const common = commonPrefix(candidates);
    const word = before.slice(before.length - replaced);
    if (candidates.length === 0) {
      this.write('\x07');
      return;
    }
    if (candidates.length === 1 || common.length > word.length) {
      const count = characters(word, shell.isUtf8).length;
      line.cursor -= count;
      line.chars.splice(line.cursor, count);
      line.insert(common, shell.isUtf8);
      if (candidates.length === 1 && !common.endsWith('/') && line.chars[line.cursor] !== ' ')
        line.insert(' ', false);
      return;
    }
    if (this.lastKey !== 'tab') {
      this.write('\x07');
      return;
    }
    this.list(labels);
  }

  /** Shows the candidates below the line, in columns. */
  private list(labels: readonly string[]): void {
    const { cursor } = this.line;
    this.line.end();
    this.draw();
    const widths = labels.map(label =>
      Array.from(characters(label, this.shell.isUtf8)).reduce((sum, c) => sum + characterWidth(c), 0),
    );
    const width = Math.max(...widths) + 2;
    const perRow = Math.max(1, Math.floor(this.screen.columns / width));
    const rows = Math.ceil(labels.length / perRow);
    let text = '\r\n';
    for (let row = 0; row < rows; row++) {
      for (let i = row; i < labels.length; i += rows) {
        text += labels[i]! + (i + rows < labels.length ? ' '.repeat(width - widths[i]!) : '');
      }
      text += '\r\n';
    }
    this.write(text);
    this.screen.reset();
    this.line.cursor = cursor;
  }

  private readByte(): string {
    while (this.inputAt >= this.inputEnd) {
      try {
        this.inputAt = 0;
        this.inputEnd = 0;
        this.inputEnd = read(0, this.input.bytes);
        if (this.inputEnd === 0) return '';
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.errno === EIO) return '';
        if (error.errno !== EINTR) throw error;
        this.afterSignal();
      }
    }
    return native().decode(this.input.bytes, this.inputAt++, this.inputAt);
  }

  private afterSignal(): void {
    if (isResized) {
      isResized = false;
      this.write(this.screen.resize(this.columns()));
      this.draw();
    }
    takeSignals(this.shell);
  }

  /** An escape sequence comes in one piece; a lone escape key does not. */
  private hasMore(): boolean {
    if (this.inputAt < this.inputEnd) return true;
    try {
      return poll([{ fd: 0, events: POLLIN }], 50)[0] !== 0;
    } catch (error) {
      if (error instanceof SysError) return false;
      throw error;
    }
  }
}

const EDITS: Readonly<Record<string, (line: EditBuffer) => void>> = {
  left: line => line.move(-1),
  'ctrl-b': line => line.move(-1),
  right: line => line.move(1),
  'ctrl-f': line => line.move(1),
  home: line => line.home(),
  'ctrl-a': line => line.home(),
  end: line => line.end(),
  'ctrl-e': line => line.end(),
  'alt-b': line => line.wordLeft(),
  'word-left': line => line.wordLeft(),
  'alt-f': line => line.wordRight(),
  'word-right': line => line.wordRight(),
  backspace: line => line.deleteBefore(),
  delete: line => line.deleteAt(),
  'ctrl-k': line => line.cutToEnd(),
  'ctrl-u': line => line.cutToStart(),
  'ctrl-w': line => line.cutBlankWord(),
  'alt-backspace': line => line.cutWordLeft(),
  'alt-d': line => line.cutWordRight(),
  'ctrl-y': line => line.paste(),
  'ctrl-t': line => line.transpose(),
};

/** No echo, no lines, no signals from keys; output is still post-processed. */
function rawSettings(settings: tio.Termios): tio.Termios {
  const cc = settings.cc.slice();
  cc[tio.VMIN] = 1;
  cc[tio.VTIME] = 0;
  return {
    ...settings,
    iflag: settings.iflag & ~(tio.ICRNL | tio.INLCR | tio.IXON),
    lflag: settings.lflag & ~(tio.ECHO | tio.ICANON | tio.ISIG | tio.IEXTEN),
    cc,
  };
}
