/** Reading a patch: finds the next file's header and its hunks, in unified, context or normal format. */
import type { Hunk, HunkLine } from './hunk.ts';

export type PatchFormat = 'unified' | 'context' | 'normal';

/** The patch is broken: the message of patch's last words. */
export class PatchError extends Error {}

/** A name in a header, and whether it says that the file is not there. */
export interface HeaderName {
  readonly name: string;
  readonly isAbsent: boolean;
}

export interface FilePatch {
  readonly format: PatchFormat;
  readonly old: HeaderName | undefined;
  readonly new: HeaderName | undefined;
  readonly index: HeaderName | undefined;
  /** Lines of the header as they stand, for reject files. */
  readonly headerLines: readonly [string, string] | undefined;
  /** All text before the first hunk, and the line number of that. */
  readonly leading: readonly string[];
  readonly firstLine: number;
  readonly newMode: number | undefined;
}

const EPOCH = /\t\s*(?:1970-01-01 0?0:00:00|1969-12-31 \d\d:\d\d:\d\d|Thu Jan +1 00:00:00 (?:UTC )?1970)/;

function headerName(line: string): HeaderName {
  const rest = line.slice(4).replace(/\r?\n$/, '');
  let name: string;
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
  if (quoted) {
    name = quoted[1]!.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
      escape.length === 3
        ? String.fromCharCode(parseInt(escape, 8))
        : ({ n: '\n', t: '\t', a: '\x07', b: '\b', v: '\v', f: '\f', r: '\r' }[escape] ?? escape),
    );
  } else name = rest.split('\t')[0]!.trimEnd();
  return { name, isAbsent: name === '/dev/null' || EPOCH.test(rest) };
}

const NORMAL = /^(\d+)(?:,(\d+))?([acd])(\d+)(?:,(\d+))?\r?\n?$/;
const UNIFIED = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const STARS = /^\*{15}/;

export class PatchReader {
  readonly #lines: readonly string[];
  #at = 0;
  readonly #forced: PatchFormat | undefined;

  readonly #hasTarget: boolean;

  /** `forced`: -u, -c, -n. `hasTarget`: the file is known; else a normal diff needs an Index line. */
  constructor(text: string, forced: PatchFormat | undefined, hasTarget: boolean) {
    this.#hasTarget = hasTarget;
    this.#lines = text === '' ? [] : text.match(/[^\n]*\n|[^\n]+$/g)!;
    this.#forced = forced;
  }

  /** The next file's header; undefined if there is no further patch. The hunks must be read after it. */
  next(): FilePatch | undefined {
    const start = this.#at;
    const lines = this.#lines;
    let old: HeaderName | undefined;
    let fresh: HeaderName | undefined;
    let index: HeaderName | undefined;
    let headerLines: [string, string] | undefined;
    let newMode: number | undefined;
    const found = (format: PatchFormat, at: number): FilePatch => {
      this.#at = at;
      const leading = lines.slice(start, at).map(line => line.replace(/\n$/, ''));
      return { format, old, new: fresh, index, headerLines, leading, firstLine: at + 1, newMode };
    };
    const allows = (format: PatchFormat) => this.#forced === undefined || this.#forced === format;
    for (let i = start; i < lines.length; i++) {
      const line = lines[i]!;
      const after = lines[i + 1] ?? '';
      if (line.startsWith('Index:')) {
        index = { name: line.slice(6).trim(), isAbsent: false };
      } else if (line.startsWith('diff --git ')) {
        old = fresh = undefined;
        newMode = undefined;
      } else if (/^new(?: file)? mode \d+/.test(line)) newMode = parseInt(/\d+/.exec(line)![0], 8) & 0o7777;
      else if (allows('unified') && line.startsWith('--- ') && after.startsWith('+++ ')) {
        old = headerName(line);
        fresh = headerName(after);
        headerLines = [line, after];
        i++;
      } else if (allows('context') && line.startsWith('*** ') && after.startsWith('--- ')) {
        old = headerName(line);
        fresh = headerName(after);
        headerLines = [line, after];
        i++;
      } else if (allows('unified') && UNIFIED.test(line)) return found('unified', i);
      else if (allows('context') && STARS.test(line) && /^\*\*\* \d/.test(after)) return found('context', i);
      else if (
        allows('normal') &&
        (this.#hasTarget || index || old) &&
        NORMAL.test(line) &&
        /^[<>] /.test(after)
      )
        return found('normal', i);
    }
    return undefined;
  }

  /** The next hunk of this file, if the text goes on with one. */
  hunk(format: PatchFormat): Hunk | undefined {
    const line = this.#lines[this.#at];
    if (line === undefined) return undefined;
    if (format === 'unified') return UNIFIED.test(line) ? this.#unified() : undefined;
    if (format === 'context') return STARS.test(line) ? this.#context() : undefined;
    return NORMAL.test(line) ? this.#normal() : undefined;
  }

  #malformed(): never {
    const line = this.#lines[this.#at];
    const number = Math.min(this.#at + 1, this.#lines.length);
    throw new PatchError(`malformed patch at line ${number}: ${line ?? ' \n'}`);
  }

  /** A line's text, without its newline if a remark behind it says so. */
  #text(raw: string): string {
    const text = raw.endsWith('\n') ? raw : `${raw}\n`;
    if (!this.#lines[this.#at]?.startsWith('\\ ')) return text;
    this.#at++;
    return text.slice(0, -1);
  }

  #unified(): Hunk {
    const head = UNIFIED.exec(this.#lines[this.#at++]!)!;
    let oldLeft = Number(head[2] ?? 1);
    let newLeft = Number(head[4] ?? 1);
    const lines: HunkLine[] = [];
    while (oldLeft > 0 || newLeft > 0) {
      const line = this.#lines[this.#at];
      if (line === undefined) return this.#malformed();
      // Mailers cut blanks: an empty line is an empty line of context.
      const mark = line === '\n' ? ' ' : line[0] === '\t' ? ' ' : line[0]!;
      if (mark !== ' ' && mark !== '-' && mark !== '+') return this.#malformed();
      if (mark !== '+' && --oldLeft < 0) return this.#malformed();
      if (mark !== '-' && --newLeft < 0) return this.#malformed();
      this.#at++;
      lines.push({ mark, text: this.#text(line === '\n' || line[0] === '\t' ? line : line.slice(1)) });
    }
    return { oldFirst: Number(head[1]), newFirst: Number(head[3]), lines };
  }

  #context(): Hunk {
    this.#at++;
    const old = this.#section(/^\*\*\* (\d+)(?:,(\d+))? /, /^--- \d/);
    const fresh = this.#section(/^--- (\d+)(?:,(\d+))? /, /^(?:\*\*\*|diff |Index:|Only in )/);
    return { oldFirst: old.first, newFirst: fresh.first, lines: merge(old.lines, fresh.lines) };
  }

  #section(head: RegExp, end: RegExp): { first: number; lines: { mark: string; text: string }[] } {
    const found = head.exec(this.#lines[this.#at] ?? '');
    if (!found) return this.#malformed();
    this.#at++;
    const first = Number(found[1]);
    const last = Number(found[2] ?? first);
    const count = first === 0 ? 0 : last - first + 1;
    const lines: { mark: string; text: string }[] = [];
    while (lines.length < count) {
      const line = this.#lines[this.#at];
      if (line === undefined || end.test(line)) {
        // A part without changes is left out.
        if (lines.length === 0) break;
        return this.#malformed();
      }
      const found2 = /^([ !+-])(?: |\t|(?=\n))/.exec(line);
      if (!found2 && line !== '\n') {
        if (lines.length === 0) break;
        return this.#malformed();
      }
      this.#at++;
      lines.push({ mark: found2?.[1] ?? ' ', text: this.#text(line === '\n' ? line : line.slice(2)) });
    }
    return { first, lines };
  }

  #normal(): Hunk {
    const head = NORMAL.exec(this.#lines[this.#at++]!)!;
    const [, a, b = a, letter, c, d = c] = head;
    const deleted = letter === 'a' ? 0 : Number(b) - Number(a) + 1;
    const inserted = letter === 'd' ? 0 : Number(d) - Number(c) + 1;
    const lines: HunkLine[] = [];
    const take = (count: number, sign: '<' | '>', mark: '-' | '+') => {
      for (let i = 0; i < count; i++) {
        const line = this.#lines[this.#at];
        if (!line?.startsWith(`${sign} `) && line !== `${sign}\n`) return this.#malformed();
        this.#at++;
        lines.push({ mark, text: this.#text(line.slice(2) || '\n') });
      }
    };
    take(deleted, '<', '-');
    if (letter === 'c') {
      if (!this.#lines[this.#at]?.startsWith('---')) this.#malformed();
      this.#at++;
    }
    take(inserted, '>', '+');
    return { oldFirst: Number(a), newFirst: Number(c), lines };
  }
}

/** The two parts of a context hunk as one list. */
function merge(
  old: readonly { mark: string; text: string }[],
  fresh: readonly { mark: string; text: string }[],
): HunkLine[] {
  const lines: HunkLine[] = [];
  if (old.length === 0) {
    return fresh.map(({ mark, text }) => ({ mark: mark === ' ' ? ' ' : '+', text }));
  }
  if (fresh.length === 0) {
    return old.map(({ mark, text }) => ({ mark: mark === ' ' ? ' ' : '-', text }));
  }
  let j = 0;
  const takeNew = () => {
    while (j < fresh.length && fresh[j]!.mark !== ' ') lines.push({ mark: '+', text: fresh[j++]!.text });
  };
  for (let i = 0; i < old.length; i++) {
    const { mark, text } = old[i]!;
    if (mark !== ' ') {
      lines.push({ mark: '-', text });
      continue;
    }
    takeNew();
    j++;
    lines.push({ mark: ' ', text });
  }
  takeNew();
  return lines;
}
