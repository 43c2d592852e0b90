/** less at work: files, commands, the status line. */
import { SysError } from '../../libc/native.ts';
import { POLLIN, poll } from '../../libc/poll.ts';
import { run } from '../../libc/process.ts';
import { Regex, RegexError } from '../../libc/regex.ts';
import { getenv } from '../../libc/stdlib.ts';
import type { Row } from '../terminal/cells.ts';
import { Screen } from '../terminal/screen.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { textRow } from '../vi/layout.ts';
import { previousColumn } from '../vi/text.ts';
import { type LessSettings, toggleLessOption } from './settings.ts';
import { type LineSource, openSource } from './source.ts';
import { type Facts, fileLine, statusLine } from './status.ts';
import { type Place, Window } from './window.ts';

/** How long a pipe may keep the user waiting for a whole window before a part is shown. */
const PIPE_MS = 50;

export class Pager {
  readonly window: Window;
  private readonly settings: LessSettings;
  private readonly terminal: Terminal;
  private readonly keyFd: number;
  private readonly screen: Screen;
  private readonly names: string[];
  private index = 0;
  source: LineSource;
  private message = '';
  private prompt: string | undefined;
  private endsSeen = 0;
  private lastSearch: { pattern: string; direction: 1 | -1 } | undefined;
  private readonly marks = new Map<string, Place>();
  private halfWindow: number | undefined;
  private isFollowing = false;
  private isDone = false;

  constructor(
    settings: LessSettings,
    terminal: Terminal,
    keyFd: number,
    names: string[],
    index: number,
    source: LineSource,
  ) {
    this.settings = settings;
    this.terminal = terminal;
    this.keyFd = keyFd;
    this.names = names;
    this.index = index;
    this.source = source;
    this.window = new Window(settings);
    this.screen = new Screen(24, 80);
    this.window.need = lines => this.load(lines);
    this.resize();
    this.window.lines = source.lines;
    terminal.beforeWait = () => this.draw();
    terminal.onResize = () => this.resize();
  }

  private resize(): void {
    const { rows, columns } = this.terminal.size();
    this.screen.resize(rows, columns);
    this.window.rows = rows - 1;
    this.window.columns = columns;
  }

  /** Reads until there are so many lines; a key typed meanwhile stops the wait, Ctrl-C the reading. */
  private load(lines: number): void {
    const { source } = this;
    while (source.lines.length < lines && (!source.isEnded || source.size !== undefined)) {
      if (!this.terminal.isActive) {
        if (!source.readMore()) return;
        continue;
      }
      if (source.size === undefined) {
        let ready: number[];
        try {
          ready = poll(
            [
              { fd: source.fd, events: POLLIN },
              { fd: this.keyFd, events: POLLIN },
            ],
            lines === Infinity ? -1 : PIPE_MS,
          );
        } catch (error) {
          if (error instanceof SysError && error.code === 'EINTR') return;
          throw error;
        }
        if (ready[0] === 0) {
          // What is there is shown; the terminal waits for keys and for more.
          if (ready[1] === 0) this.terminal.otherFd = source.fd;
          return;
        }
        if (ready[1] !== 0 && lines === Infinity && this.terminal.takeInterrupt()) return;
      } else if (lines === Infinity && this.terminal.takeInterrupt()) return;
      if (!source.readMore()) return;
    }
  }

  /** True if the whole input fits the screen (-F). */
  fitsOneScreen(): boolean {
    const { source, window } = this;
    while (source.lines.length <= window.rows && source.readMore());
    if (!source.isEnded && source.lines.length > window.rows) return false;
    let rows = 0;
    for (let line = 0; line < source.lines.length && rows <= window.rows; line++)
      rows += window.rowsOf(line).length;
    return rows <= window.rows && source.isEnded;
  }

  draw(): void {
    const { window, screen, terminal } = this;
    terminal.otherFd = undefined;
    const { rows, lastLine, ...place } = window.picture();
    const isAtEnd = place.isAtEnd && this.source.isEnded;
    if (this.source.isEnded) terminal.otherFd = undefined;
    const picture: Row[] = [...rows];
    while (picture.length < window.rows)
      picture.push(this.settings.isMore ? [] : [{ text: '~', style: '1' }]);
    let status: Row;
    if (this.prompt !== undefined) status = textRow(this.prompt, screen.columns - 1);
    else if (this.message !== '') status = textRow(this.message, screen.columns - 1, '7');
    else status = textRow(statusLine(this.facts(lastLine, isAtEnd)), screen.columns - 1, '7');
    picture.push(status);
    const column = status.length;
    terminal.write(screen.draw(picture, { row: window.rows, column }, window.rows));
  }

  /** Reads and runs commands until one quits. */
  run(first: readonly string[]): void {
    for (const command of first) this.begin(command);
    while (!this.isDone) {
      let digits = '';
      let key = this.terminal.readKey();
      while (/^[0-9]$/.test(key)) {
        digits += key;
        this.prompt = `:${digits}`;
        key = this.terminal.readKey();
      }
      this.prompt = undefined;
      this.message = '';
      this.command(key, digits === '' ? undefined : Number(digits));
    }
  }

  /** +G, +N, +/pattern, +F. */
  private begin(command: string): void {
    if (/^[0-9]+$/.test(command)) this.window.toLine(Number(command) - 1);
    else if (command.startsWith('/')) this.search(command.slice(1), 1, 1, this.window.top.line);
    else if (command !== '') this.terminal.unread(command);
  }

  private forward(rows: number): void {
    if (this.window.forward(rows)) {
      this.endsSeen = 0;
      const { quitAtEnd } = this.settings;
      if (quitAtEnd === 'first' && this.window.picture().isAtEnd && this.source.isEnded) this.atEnd();
      return;
    }
    if (!this.source.isEnded) return;
    this.endsSeen++;
    this.atEnd();
  }

  private atEnd(): void {
    const { quitAtEnd } = this.settings;
    const isTimeToQuit = quitAtEnd === 'first' || (quitAtEnd === 'second' && this.endsSeen > 0);
    if (!isTimeToQuit) return;
    if (this.index + 1 < this.names.length) this.toFile(this.index + 1);
    else this.isDone = true;
  }

  private command(key: string, count: number | undefined): void {
    const { window } = this;
    const page = window.rows;
    const half = (): number => {
      if (count !== undefined) this.halfWindow = count;
      return this.halfWindow ?? Math.max(1, Math.floor(page / 2));
    };
    switch (key) {
      case 'q':
      case 'Q':
        this.isDone = true;
        break;
      case 'Z':
        if (this.terminal.readKey() === 'Z') this.isDone = true;
        break;
      case 'j':
      case 'e':
      case '\r':
      case '\n':
      case '\x0e':
      case '\x05':
      case '<Down>':
        this.forward(count ?? 1);
        break;
      case 'k':
      case 'y':
      case '\x10':
      case '\x19':
      case '\x0b':
      case '<Up>':
        window.backward(count ?? 1);
        break;
      case ' ':
      case 'f':
      case 'z':
      case '\x06':
      case '\x16':
      case '<PageDown>':
        this.forward(count ?? page);
        break;
      case 'b':
      case 'w':
      case '\x02':
      case '<PageUp>':
        window.backward(count ?? page);
        break;
      case 'd':
      case '\x04':
        this.forward(half());
        break;
      case 'u':
      case '\x15':
        window.backward(half());
        break;
      case 'g':
      case '<':
      case '<Home>':
        window.toLine((count ?? 1) - 1);
        break;
      case 'G':
      case '>':
      case '<End>':
        if (count === undefined) window.toEnd();
        else window.toLine(count - 1);
        break;
      case 'p':
      case '%':
        window.need(Infinity);
        window.toLine(Math.floor((window.lines.length * Math.min(100, count ?? 0)) / 100));
        break;
      case '<Right>':
        window.shift += count ?? Math.max(1, Math.floor(window.columns / 2));
        this.settings.isChopped = true;
        break;
      case '<Left>':
        window.shift = Math.max(0, window.shift - (count ?? Math.max(1, Math.floor(window.columns / 2))));
        break;
      case '/':
      case '?':
        this.askSearch(key === '/' ? 1 : -1, count ?? 1);
        break;
      case 'n':
      case 'N':
        this.searchAgain(key === 'n' ? 1 : -1, count ?? 1);
        break;
      case '&':
        this.askFilter();
        break;
      case 'F':
        this.follow();
        break;
      case 'm':
        this.prompt = 'set mark: ';
        this.marks.set(this.terminal.readKey(), window.top);
        this.prompt = undefined;
        break;
      case "'":
        this.toMark();
        break;
      case ':':
        this.fileCommand();
        break;
      case '=':
      case '\x07':
        this.tellFile();
        break;
      case '-':
        this.askOption();
        break;
      case '!':
        this.shell();
        break;
      case 'v':
        this.edit();
        break;
      case 'r':
      case 'R':
      case '\x0c':
        this.screen.forget();
        break;
      case 'h':
      case 'H':
        this.message = "space b d u j k g G N% /re ?re n N &re F m' :n :p :q - = v ! q";
        break;
      case '\x1a':
        this.terminal.suspend();
        break;
      case '\x03':
      case '\x1b':
        break;
      default:
        this.terminal.write('\x07');
    }
  }

  /** A line typed in the last row; undefined when the user gave up. */
  private ask(prefix: string): string | undefined {
    let text = '';
    for (;;) {
      this.prompt = prefix + text;
      const key = this.terminal.readKey();
      if (key === '\r' || key === '\n') break;
      if (key === '\x03' || key === '\x1b' || ((key === '\x7f' || key === '\b') && text === '')) {
        this.prompt = undefined;
        return undefined;
      }
      if (key === '\x7f' || key === '\b') text = text.slice(0, previousColumn(text, text.length));
      else if (key === '\x15') text = '';
      else if (key.length === 1 || !key.startsWith('<')) text += key;
    }
    this.prompt = undefined;
    return text;
  }

  private compile(pattern: string): Regex | undefined {
    const { ignoreCase } = this.settings;
    const isCaseless = ignoreCase === 'always' || (ignoreCase === 'smart' && !/[A-Z]/.test(pattern));
    try {
      return new Regex(pattern, { isExtended: true, isCaseless, isUtf8: true });
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      this.message = `Invalid pattern: ${error.message}`;
      return undefined;
    }
  }

  private askSearch(direction: 1 | -1, count: number): void {
    const typed = this.ask(direction === 1 ? '/' : '?');
    if (typed === undefined) return;
    const pattern = typed === '' ? this.lastSearch?.pattern : typed;
    if (pattern === undefined) {
      this.message = 'No previous regular expression';
      return;
    }
    const { line } = this.window.top;
    this.search(
      pattern,
      direction,
      count,
      typed === '' ? line + direction : direction === 1 ? line : line - 1,
    );
  }

  private searchAgain(way: 1 | -1, count: number): void {
    if (!this.lastSearch) {
      this.message = 'No previous regular expression';
      return;
    }
    const { pattern, direction } = this.lastSearch;
    const actual = (direction * way) as 1 | -1;
    this.search(pattern, actual, count, this.window.top.line + actual);
    this.lastSearch = { pattern, direction };
  }

  private search(pattern: string, direction: 1 | -1, count: number, from: number): void {
    const regex = this.compile(pattern);
    if (!regex) return;
    this.lastSearch = { pattern, direction };
    this.window.search = regex;
    let found: number | undefined;
    let start = from;
    for (let i = 0; i < count; i++) {
      found = this.window.find(regex, start, direction);
      if (found === undefined) break;
      start = found + direction;
    }
    if (found === undefined) this.message = 'Pattern not found';
    else this.window.top = { line: found, row: 0 };
  }

  private askFilter(): void {
    const typed = this.ask('&/');
    if (typed === undefined) return;
    if (typed === '') this.window.filter = undefined;
    else {
      const isInverse = typed.startsWith('!');
      const regex = this.compile(isInverse ? typed.slice(1) : typed);
      if (!regex) return;
      this.window.filter = { regex, isInverse };
    }
    this.window.top = { line: this.window.nextLine(this.window.top.line) ?? 0, row: 0 };
  }

  /** F: shows what comes, until a key. */
  private follow(): void {
    this.isFollowing = true;
    this.window.toEnd();
    this.draw();
    while (!this.terminal.hasKeyWithin(500)) {
      const { source } = this;
      const before = source.bytesRead;
      if (source.size !== undefined || poll([{ fd: source.fd, events: POLLIN }], 0)[0] !== 0)
        while (source.readMore() && source.size !== undefined);
      if (source.bytesRead !== before) {
        this.window.toEnd();
        this.draw();
      }
    }
    this.terminal.readKey();
    this.isFollowing = false;
  }

  private toMark(): void {
    this.prompt = 'goto mark: ';
    const name = this.terminal.readKey();
    this.prompt = undefined;
    if (name === '^') this.window.toLine(0);
    else if (name === '$') this.window.toEnd();
    else {
      const place = this.marks.get(name);
      if (place) this.window.top = place;
      else this.message = 'Mark not set';
    }
  }

  private fileCommand(): void {
    this.prompt = ' :';
    const key = this.terminal.readKey();
    this.prompt = undefined;
    switch (key) {
      case 'n':
        if (this.index + 1 >= this.names.length) this.message = 'No next file';
        else this.toFile(this.index + 1);
        break;
      case 'p':
        if (this.index === 0) this.message = 'No previous file';
        else this.toFile(this.index - 1);
        break;
      case 'x':
        this.toFile(0);
        break;
      case 'e': {
        const name = this.ask('Examine: ');
        if (name === undefined || name === '') break;
        this.names.splice(this.index + 1, 0, name);
        this.toFile(this.index + 1);
        break;
      }
      case 'f':
        this.tellFile();
        break;
      case 'q':
      case 'Q':
        this.isDone = true;
        break;
      default:
    }
  }

  private toFile(index: number): void {
    const source = openSource(this.names[index]!);
    if (typeof source === 'string') {
      this.message = source;
      return;
    }
    // A pipe is read once: what came stays with its source.
    if (this.source.fd !== 0) this.source.close();
    this.index = index;
    this.source = source;
    this.window.lines = source.lines;
    this.window.top = { line: 0, row: 0 };
    this.endsSeen = 0;
  }

  private tellFile(): void {
    this.message = fileLine(this.facts(this.window.picture().lastLine, false));
  }

  private facts(lastLine: number, isAtEnd: boolean): Facts {
    const { source, names, index, settings, window } = this;
    return {
      source,
      names,
      index,
      firstLine: window.top.line,
      lastLine,
      isAtEnd,
      isMore: settings.isMore,
      isFollowing: this.isFollowing,
      isFiltered: window.filter !== undefined,
    };
  }

  private askOption(): void {
    this.prompt = '-';
    const letter = this.terminal.readKey();
    this.prompt = undefined;
    this.message = toggleLessOption(this.settings, letter) ?? `There is no -${letter} option`;
    if (!this.settings.isChopped) this.window.shift = 0;
  }

  private shell(): void {
    const command = this.ask('!');
    if (command === undefined) return;
    const shell = getenv('SHELL') || '/bin/sh';
    this.terminal.lend(() => {
      run(shell, command === '' ? [shell] : [shell, '-c', command], { fds: [[0, this.keyFd]] });
      this.terminal.write('!done  (press RETURN)');
      this.terminal.waitForEnter();
    });
  }

  private edit(): void {
    const { name } = this.source;
    if (name === '') {
      this.message = 'Cannot edit standard input';
      return;
    }
    const { line } = this.window.top;
    this.terminal.lend(() => {
      const editor = getenv('VISUAL') || getenv('EDITOR') || 'vi';
      run(editor, [editor, `+${line + 1}`, name], { fds: [[0, this.keyFd]] });
    });
    this.toFile(this.index);
    this.window.toLine(line);
  }
}
