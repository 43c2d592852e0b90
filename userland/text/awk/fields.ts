/** The current record and its fields. Splitting waits until a field is asked for; joining until $0 is. */
import type { Regex } from '../../libc/regex.ts';
import { characters } from '../../libc/regex/utf8.ts';
import { isAscii } from '../../libc/regex.ts';

/** What FS means. */
export type Splitter = (text: string) => string[];

export function splitBlanks(text: string): string[] {
  const out: string[] = [];
  const { length } = text;
  let i = 0;
  for (;;) {
    let code = text.charCodeAt(i);
    while (code === 32 || code === 9 || code === 10) code = text.charCodeAt(++i);
    if (i >= length) return out;
    const start = i;
    while (i < length && code !== 32 && code !== 9 && code !== 10) code = text.charCodeAt(++i);
    out.push(text.slice(start, i));
  }
}

export function splitByRegex(text: string, regex: Regex): string[] {
  if (text === '') return [];
  const out: string[] = [];
  let at = 0;
  for (let from = 0; from <= text.length;) {
    const match = regex.exec(text, from);
    if (!match) break;
    if (match.end === match.start) {
      from = match.end + 1;
      continue;
    }
    out.push(text.slice(at, match.start));
    at = from = match.end;
  }
  out.push(text.slice(at));
  return out;
}

/** The splitter for a value of FS. */
export function splitterFor(fs: string, regexOf: (source: string) => Regex, isUtf8: boolean): Splitter {
  if (fs === ' ') return splitBlanks;
  if (fs === '') return text => (isUtf8 && !isAscii(text) ? characters(text) : text.split(''));
  if (fs.length === 1 && fs !== '\\') return text => (text === '' ? [] : text.split(fs));
  const regex = regexOf(fs);
  return text => splitByRegex(text, regex);
}

export class Fields {
  private record = '';
  private list: string[] = [];
  private isSplit = true;
  private isJoined = true;
  /** FS as it was when the record was read. */
  private splitter: Splitter = splitBlanks;
  nextSplitter: Splitter = splitBlanks;
  outputSeparator = ' ';

  setRecord(text: string): void {
    this.record = text;
    this.isJoined = true;
    this.isSplit = false;
    this.splitter = this.nextSplitter;
  }

  private split(): void {
    if (this.isSplit) return;
    this.list = this.splitter(this.record);
    this.isSplit = true;
  }

  get(index: number): string {
    if (index === 0) {
      if (!this.isJoined) {
        this.record = this.list.join(this.outputSeparator);
        this.isJoined = true;
      }
      return this.record;
    }
    this.split();
    return this.list[index - 1] ?? '';
  }

  has(index: number): boolean {
    if (index === 0) return true;
    this.split();
    return index <= this.list.length;
  }

  set(index: number, text: string): void {
    if (index === 0) return this.setRecord(text);
    this.split();
    while (this.list.length < index) this.list.push('');
    this.list[index - 1] = text;
    this.isJoined = false;
  }

  get count(): number {
    this.split();
    return this.list.length;
  }
  set count(count: number) {
    this.split();
    while (this.list.length < count) this.list.push('');
    this.list.length = count;
    this.isJoined = false;
  }
}
