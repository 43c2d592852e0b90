/** The colors of ls: LS_COLORS, dircolors(5). */
import { fnmatch } from '../../libc/fnmatch.ts';
import { env } from '../../libc/stdlib.ts';
import * as fs from '../../libc/stat.ts';
import { type LsEntry, isLink } from './entry.ts';

const DEFAULTS: Readonly<Record<string, string>> = {
  lc: '\x1b[', rc: 'm', rs: '0', di: '01;34', ln: '01;36', pi: '33', so: '01;35', bd: '01;33', cd: '01;33', ex: '01;32',
  do: '01;35', su: '37;41', sg: '30;43', st: '37;44', ow: '34;42', tw: '30;42', cl: '\x1b[K',
}; // prettier-ignore

/** Terminals that have colors when neither LS_COLORS nor COLORTERM tells; the list of dircolors(1). */
const TERMINALS = [
  'Eterm', 'ansi', '*color*', 'con[0-9]*x[0-9]*', 'cons25', 'console', 'cygwin', '*direct*', 'dtterm', 'gnome', 'hurd',
  'jfbterm', 'konsole', 'kterm', 'linux', 'linux-c', 'mlterm', 'putty', 'rxvt*', 'screen*', 'st', 'terminator', 'tmux*',
  'vt100', 'xterm*',
]; // prettier-ignore

export function isColorWanted(): boolean {
  if (env.get('LS_COLORS') || env.get('COLORTERM')) return true;
  const terminal = env.get('TERM') ?? '';
  return TERMINALS.some(pattern => fnmatch(pattern, terminal));
}

/** Escapes of LS_COLORS values: \e, \033, ^[ and the like. */
function unescape(text: string): string {
  return text
    .replace(/\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/gs, (_, code: string) => {
      if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8));
      if (/^x./.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
      const letters: Readonly<Record<string, string>> = {
        a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '?': '\x7f', _: ' ',
      }; // prettier-ignore
      return letters[code] ?? code;
    })
    .replace(/\^([@-_?])/g, (_, c: string) =>
      c === '?' ? '\x7f' : String.fromCharCode(c.charCodeAt(0) & 31),
    );
}

export class Colors {
  readonly #codes = new Map<string, string>(Object.entries(DEFAULTS));
  readonly #suffixes: (readonly [string, string])[] = [];
  /** The first color of the output is preceded by a reset. */
  #isUsed = false;

  constructor() {
    for (const item of (env.get('LS_COLORS') ?? '').split(':')) {
      const equals = item.indexOf('=');
      if (equals < 0) continue;
      const [key, value] = [item.slice(0, equals), unescape(item.slice(equals + 1))];
      if (key.startsWith('*')) this.#suffixes.unshift([key.slice(1), value]);
      else this.#codes.set(key, value);
    }
  }

  /** Whether a link's color depends on what it leads to. */
  tracesLinks(isLong: boolean): boolean {
    return this.#on('or') !== '' || this.#codes.get('ln') === 'target' || (isLong && this.#on('mi') !== '');
  }

  #on(code: string): string {
    const given = this.#codes.get(code);
    return given !== undefined && !/^0*$/.test(given) ? given : '';
  }

  #statusCode(mode: number, nlink: number): string {
    switch (mode & fs.S_IFMT) {
      case fs.S_IFDIR: {
        const [isSticky, isOpen] = [(mode & 0o1000) !== 0, (mode & 0o002) !== 0];
        if (isSticky && isOpen && this.#on('tw')) return 'tw';
        if (isOpen && this.#on('ow')) return 'ow';
        return isSticky && this.#on('st') ? 'st' : 'di';
      }
      case fs.S_IFLNK:
        return 'ln';
      case fs.S_IFIFO:
        return 'pi';
      case fs.S_IFSOCK:
        return 'so';
      case fs.S_IFBLK:
        return 'bd';
      case fs.S_IFCHR:
        return 'cd';
      default:
        if ((mode & 0o4000) !== 0 && this.#on('su')) return 'su';
        if ((mode & 0o2000) !== 0 && this.#on('sg')) return 'sg';
        if ((mode & 0o111) !== 0 && this.#on('ex')) return 'ex';
        if (nlink > 1 && this.#on('mh')) return 'mh';
        return 'fi';
    }
  }

  #colorOf(entry: LsEntry): string {
    const mode = entry.status?.mode ?? entry.type;
    if (isLink(entry)) {
      if (entry.target !== undefined && !entry.targetStatus && this.#codes.has('or')) return this.#on('or');
      if (this.#codes.get('ln') === 'target' && entry.targetStatus) {
        return this.#on(this.#statusCode(entry.targetStatus.mode, entry.targetStatus.nlink));
      }
    }
    const code = mode === 0 ? 'fi' : this.#statusCode(mode, entry.status?.nlink ?? 1);
    if (code === 'fi') {
      const lower = entry.name.toLowerCase();
      const suffix =
        this.#suffixes.find(([end]) => entry.name.endsWith(end)) ??
        this.#suffixes.find(([end]) => lower.endsWith(end.toLowerCase()));
      if (suffix) return suffix[1];
    }
    return this.#on(code);
  }

  /** Colors a shown name. `startColumn` and `lineWidth`: a name that wraps gets «clear to the end of line». */
  paint(entry: LsEntry, shown: string, startColumn: number, lineWidth: number): string {
    const color = this.#colorOf(entry);
    if (color === '') return shown;
    const [left, right] = [this.#codes.get('lc')!, this.#codes.get('rc')!];
    const reset = this.#codes.get('ec') ?? left + this.#codes.get('rs')! + right;
    const first = this.#isUsed ? '' : reset;
    this.#isUsed = true;
    const wraps =
      lineWidth > 0 &&
      Math.floor(startColumn / lineWidth) !== Math.floor((startColumn + shown.length - 1) / lineWidth);
    return first + left + color + right + shown + reset + (wraps ? this.#codes.get('cl')! : '');
  }

  /** Colors what a link leads to. */
  paintTarget(entry: LsEntry, shown: string): string {
    const { target, targetStatus, path } = entry;
    if (!targetStatus) {
      return this.#wrap(this.#on('mi') || this.#on('or'), shown);
    }
    const seen = { ...entry, name: target!, path, status: targetStatus, type: targetStatus.mode & fs.S_IFMT };
    return this.#wrap(this.#colorOf(seen), shown);
  }

  #wrap(color: string, shown: string): string {
    if (color === '') return shown;
    const [left, right] = [this.#codes.get('lc')!, this.#codes.get('rc')!];
    const reset = left + this.#codes.get('rs')! + right;
    const first = this.#isUsed ? '' : reset;
    this.#isUsed = true;
    return first + left + color + right + shown + reset;
  }
}
