/**
 * Where the lexer's characters come from: a line source below, and texts pushed on top of it (alias values, text that
 * is read a second time). Line numbers count the newlines taken from the line source.
 */

/** Delivers the script piece by piece (at least a line each time), undefined at the end. */
export interface LineSource {
  /** `isContinuation`: the piece continues a command that has begun (PS2). */
  next(isContinuation: boolean): string | undefined;
}

interface Pushed {
  text: string;
  at: number;
  readonly alias: string | undefined;
  /** Read a second time: its newlines were taken back from the line number and count again. */
  readonly isReread: boolean;
}

export class CharacterSource {
  line: number;
  /** Set when an alias value that ends in a blank has been used up: the next word may be an alias too. */
  hasLeftBlankAlias = false;
  /** True once the lexer has taken a token of the current command: a further piece is a continuation. */
  isInCommand = false;
  private readonly lines: LineSource;
  private text = '';
  private at = 0;
  private readonly pushed: Pushed[] = [];
  private isAtEnd = false;
  private record: string | undefined;

  constructor(lines: LineSource, line = 1) {
    this.lines = lines;
    this.line = line;
  }

  /** The next character without taking it; '' at the end. */
  peek(): string {
    const top = this.top();
    if (top) return top.text[top.at]!;
    if (this.at >= this.text.length && !this.fill()) return '';
    return this.text[this.at]!;
  }

  /** Takes the next character; '' at the end. */
  take(): string {
    const char = this.peek();
    if (char !== '') this.skip(1);
    return char;
  }

  /** Takes the characters that a sticky expression matches here, within what is at hand. */
  takeMatch(expression: RegExp): string {
    if (this.peek() === '') return '';
    const top = this.pushed.at(-1);
    expression.lastIndex = top ? top.at : this.at;
    const found = expression.exec(top ? top.text : this.text)?.[0] ?? '';
    this.skip(found.length);
    return found;
  }

  /** True when a sticky expression matches here; takes nothing. */
  isAtMatch(expression: RegExp): boolean {
    if (this.peek() === '') return false;
    const top = this.pushed.at(-1);
    expression.lastIndex = top ? top.at : this.at;
    return expression.test(top ? top.text : this.text);
  }

  /** Puts text in front of what comes. */
  pushAlias(alias: string, value: string): void {
    if (value !== '') this.pushed.push({ text: value, at: 0, alias, isReread: false });
  }

  /** The aliases whose values are being read. */
  activeAliases(): string[] {
    return this.pushed.flatMap(({ alias, at, text }) =>
      alias !== undefined && at < text.length ? [alias] : [],
    );
  }

  /** Runs `attempt`, keeping what it takes; when it gives undefined, all of that is put back. */
  tentatively<T>(attempt: () => T | undefined): T | undefined {
    const outer = this.record;
    this.record = '';
    const result = attempt();
    const taken = this.record;
    this.record = outer;
    if (result === undefined) {
      for (const char of taken) if (char === '\n') this.line--;
      if (taken !== '') this.pushed.push({ text: taken, at: 0, alias: undefined, isReread: true });
    } else if (outer !== undefined) this.record += taken;
    return result;
  }

  /** Runs `action` and gives the text that it took. */
  recorded<T>(action: () => T): { result: T; text: string } {
    const outer = this.record;
    this.record = '';
    const result = action();
    const text = this.record;
    this.record = outer === undefined ? undefined : outer + text;
    return { result, text };
  }

  /** Forgets the rest of the text at hand (after a syntax error, in an interactive shell). */
  discard(): void {
    this.pushed.length = 0;
    this.text = '';
    this.at = 0;
    this.isAtEnd = false;
    this.isInCommand = false;
    this.record = undefined;
  }

  /** True when nothing but blanks, newlines and comments is left, looking at the text at hand and no further. */
  isSpent(): boolean {
    return this.pushed.length === 0 && /^(?:[ \t\n]|#[^\n]*)*$/.test(this.text.slice(this.at));
  }

  private skip(count: number): void {
    const top = this.pushed.at(-1);
    const text = top ? top.text : this.text;
    const from = top ? top.at : this.at;
    if (this.record !== undefined) this.record += text.slice(from, from + count);
    if (!top || top.isReread) {
      for (let i = from; i < from + count; i++) if (text.charCodeAt(i) === 10) this.line++;
    }
    if (top) top.at += count;
    else this.at += count;
  }

  /** The pushed text being read, after dropping those used up. */
  private top(): Pushed | undefined {
    for (;;) {
      const top = this.pushed.at(-1);
      if (!top || top.at < top.text.length) return top;
      if (top.alias !== undefined && /[ \t]$/.test(top.text)) this.hasLeftBlankAlias = true;
      this.pushed.pop();
    }
  }

  private fill(): boolean {
    if (this.isAtEnd) return false;
    const more = this.lines.next(this.isInCommand);
    this.text = more ?? '';
    this.at = 0;
    this.isAtEnd = more === undefined;
    return this.text !== '';
  }
}

/** A line source of one text. */
export function textSource(text: string): LineSource {
  let rest: string | undefined = text;
  return {
    next: () => {
      const piece = rest;
      rest = undefined;
      return piece === '' ? undefined : piece;
    },
  };
}
