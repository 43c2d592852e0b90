/** fmt(1): GNU coreutils 9.1. Reads paragraphs; fmt-layout.ts finds their best line breaks. */
import { quote, quoteaf } from '../coreutils/lib/quote.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { parse } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { LineReader, stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { close, open } from '../libc/unistd.ts';
import { breakLines, type Word } from './fmt-layout.ts';

const USAGE = `Usage: fmt [-WIDTH] [OPTION]... [FILE]...
Reformat each paragraph in the FILE(s), writing to standard output.
The option -WIDTH is an abbreviated form of --width=DIGITS.

With no FILE, or when FILE is -, read standard input.

  -c, --crown-margin        preserve indentation of first two lines
  -p, --prefix=STRING       reformat only lines beginning with STRING,
                              reattaching the prefix to reformatted lines
  -s, --split-only          split long lines, but do not refill
  -t, --tagged-paragraph    indentation of first line different from second
  -u, --uniform-spacing     one space between words, two after sentences
  -w, --width=WIDTH         maximum line width (default of 75 columns)
  -g, --goal=WIDTH          goal width (default of 93% of width)
      --help        display this help and exit
      --version     output version information and exit
`;

interface Settings {
  readonly kind: 'plain' | 'crown' | 'split' | 'tagged';
  readonly isUniform: boolean;
  readonly width: number;
  readonly goal: number;
  readonly prefix: string;
  /** Blanks before the prefix. */
  readonly lead: number;
}

export function fmt(argv: string[]): number {
  const words = argv.map((word, i) => (i === 1 && /^-[0-9]+$/.test(word) ? `-w${word.slice(1)}` : word));
  const found = parse(words, {
    short: 'cp:stuw:g:',
    long: {
      'crown-margin': 'c',
      prefix: 'p',
      'split-only': 's',
      'tagged-paragraph': 't',
      'uniform-spacing': 'u',
      width: 'w',
      goal: 'g',
    },
    usage: USAGE,
  });
  const number = (key: string, max: number): number | undefined => {
    const text = found.value(key);
    if (text === undefined) return undefined;
    if (!/^[0-9]+$/.test(text) || Number(text) > max) fail(1, `invalid width: ${quote(text)}`);
    return Number(text);
  };
  const given = number('w', 2500);
  const goal = number('g', given ?? 75);
  const width = given ?? (goal === undefined ? 75 : goal + 10);
  const whole = found.value('p') ?? '';
  const prefix = whole.replace(/^ +/, '').replace(/ +$/, '');
  const settings: Settings = {
    kind: found.has('s') ? 'split' : found.has('t') ? 'tagged' : found.has('c') ? 'crown' : 'plain',
    isUniform: found.has('u'),
    width,
    goal: goal ?? Math.trunc((width * 187) / 200),
    prefix,
    lead: whole.length - whole.replace(/^ +/, '').length,
  };
  let status = 0;
  for (const name of found.operands.length > 0 ? found.operands : ['-']) {
    try {
      const fd = name === '-' ? 0 : open(name, O_RDONLY);
      new Formatter(new LineReader(fd), settings).run();
      if (fd !== 0) close(fd);
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
      warn(`cannot open ${quoteaf(name)} for reading: ${error.message}`);
      status = 1;
    }
  }
  return status;
}

/** A line of input: where its text begins, in columns, behind the prefix. */
interface Line {
  readonly raw: string;
  /** Column of the first word; -1 for a line that is copied as it is. */
  readonly indent: number;
  readonly prefixIndent: number;
  readonly text: string;
}

class Formatter {
  private readonly reader: LineReader;
  private readonly settings: Settings;
  private hasTabs = false;
  /** -t: the second indentation of the last paragraph that had two. */
  private taggedIndent = 0;

  constructor(reader: LineReader, settings: Settings) {
    this.reader = reader;
    this.settings = settings;
  }

  private read(): Line | undefined {
    const raw = this.reader.next();
    if (raw === undefined) return undefined;
    const { prefix, lead } = this.settings;
    let { column, at } = this.blanks(raw, 0, 0);
    let prefixIndent = Math.min(lead, column);
    if (prefix !== '') {
      prefixIndent = column;
      if (!raw.startsWith(prefix, at) || column < lead) return { raw, indent: -1, prefixIndent, text: '' };
      ({ column, at } = this.blanks(raw, at + prefix.length, column + prefix.length));
    }
    return { raw, indent: at >= raw.length ? -1 : column, prefixIndent, text: raw.slice(at) };
  }

  private blanks(text: string, from: number, start: number): { column: number; at: number } {
    let column = start;
    let at = from;
    for (; text[at] === ' ' || text[at] === '\t'; at++) {
      if (text[at] === '\t') {
        this.hasTabs = true;
        column = Math.floor(column / 8) * 8 + 8;
      } else column++;
    }
    return { column, at };
  }

  run(): void {
    let line = this.read();
    while (line) {
      if (line.indent < 0) {
        stdout.write(line.raw.trimEnd() === '' ? '\n' : `${line.raw}\n`);
        line = this.read();
        continue;
      }
      line = this.paragraph(line);
    }
  }

  /** Formats the paragraph that begins with `first`; gives the line behind it. */
  private paragraph(first: Line): Line | undefined {
    const { kind } = this.settings;
    const words: Word[] = [];
    this.addWords(first, words);
    let next = this.read();
    const isSame = (): boolean =>
      next !== undefined && next.indent >= 0 && next.prefixIndent === first.prefixIndent;
    let otherIndent = first.indent;
    if (kind === 'crown' && isSame()) otherIndent = next!.indent;
    if (kind === 'tagged') {
      if (isSame() && next!.indent !== first.indent) this.taggedIndent = next!.indent;
      else if (this.taggedIndent === first.indent) this.taggedIndent = first.indent === 0 ? 3 : 0;
      otherIndent = this.taggedIndent;
    }
    const mayGrow = kind !== 'split' && !(kind === 'tagged' && isSame() && next!.indent === first.indent);
    while (mayGrow && isSame() && next!.indent === otherIndent) {
      this.addWords(next!, words);
      next = this.read();
    }
    const last = words.at(-1)!;
    last.isPeriod = true;
    last.isFinal = true;
    const { prefix } = this.settings;
    const lines = breakLines(words, first.indent, otherIndent, this.settings.width, this.settings.goal);
    lines.forEach((list, i) => {
      const indent = i === 0 ? first.indent : otherIndent;
      let out = this.space(0, prefix === '' ? indent : first.prefixIndent);
      if (prefix !== '') {
        const column = first.prefixIndent + prefix.length;
        out += prefix + this.space(column, indent - column);
      }
      let column = indent;
      list.forEach((word, n) => {
        out += word.text;
        column += word.text.length;
        if (n < list.length - 1) {
          out += this.space(column, word.space);
          column += word.space;
        }
      });
      stdout.write(`${out}\n`);
    });
    return next;
  }

  /** Blanks from a column on; tabs where the input had some. */
  private space(column: number, count: number): string {
    const target = column + count;
    if (!this.hasTabs) return ' '.repeat(Math.max(0, count));
    const stop = Math.floor(target / 8) * 8;
    let out = '';
    let at = column;
    if (at + 1 < stop) {
      while (at < stop) {
        out += '\t';
        at = Math.floor(at / 8) * 8 + 8;
      }
    }
    return out + ' '.repeat(Math.max(0, target - at));
  }

  private addWords(line: Line, words: Word[]): void {
    let column = line.indent;
    const pattern = /([^ \t]+)([ \t]*)/g;
    for (let match = pattern.exec(line.text); match; match = pattern.exec(line.text)) {
      const text = match[1]!;
      column += text.length;
      const behind = this.blanks(match[2]!, 0, column).column;
      let space = behind - column;
      column = behind;
      const isLast = pattern.lastIndex >= line.text.length;
      const core = text.replace(/[)\]'"]+$/, rest => (rest.length === text.length ? rest.slice(0, 1) : ''));
      const isPeriod = /[.?!]$/.test(core);
      const isFinal = isPeriod && (isLast || space > 1);
      if (isLast || this.settings.isUniform) space = isFinal ? 2 : 1;
      words.push({
        text,
        space,
        isOpening: /^[(['`"]/.test(text),
        isPunctuated: /[!-/:-@[-`{-~]$/.test(text),
        isPeriod,
        isFinal,
      });
    }
  }
}
