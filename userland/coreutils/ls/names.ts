/** How ls shows a name: quoting styles, `?` for control characters, indicators. */
import * as fs from '../../libc/stat.ts';
import { characterAt, isUtf8Locale, quoteaf, quotef, quoteShell } from '../lib/quote.ts';
import { type LsEntry, isLink } from './entry.ts';
import type { LsOptions } from './options.ts';

const C_ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\',
}; // prettier-ignore

function cQuoted(name: string, extra: RegExp): string {
  const isUtf8 = isUtf8Locale();
  let out = '';
  for (let i = 0; i < name.length;) {
    const { length, isPrintable } = characterAt(name, i, isUtf8);
    const piece = name.slice(i, i + length);
    const escape = C_ESCAPES[piece];
    if (escape !== undefined) out += escape;
    else if (!isPrintable) out += '\\' + piece.charCodeAt(0).toString(8).padStart(3, '0');
    else out += extra.test(piece) ? '\\' + piece : piece;
    i += length;
  }
  return out;
}

function hideControls(name: string): string {
  const isUtf8 = isUtf8Locale();
  let out = '';
  for (let i = 0; i < name.length;) {
    const { length, isPrintable } = characterAt(name, i, isUtf8);
    out += isPrintable ? name.slice(i, i + length) : '?';
    i += length;
  }
  return out;
}

export function showName(name: string, options: LsOptions): string {
  let shown: string;
  switch (options.quoting) {
    case 'literal':
      shown = name;
      break;
    case 'shell':
    case 'shell-always':
      shown = quoteShell(name, options.quoting === 'shell-always');
      break;
    case 'shell-escape':
      return quotef(name);
    case 'shell-escape-always':
      return quoteaf(name);
    case 'c':
      return `"${cQuoted(name, /"/)}"`;
    case 'escape':
      return cQuoted(name, / /);
  }
  return options.hidesControls ? hideControls(shown) : shown;
}

/** The character after a name that -F, -p and --file-type ask for. */
export function indicatorOf(mode: number, options: LsOptions): string {
  if (options.indicator === 'none') return '';
  const type = mode & fs.S_IFMT;
  if (type === fs.S_IFDIR) return '/';
  if (options.indicator === 'slash') return '';
  if (type === fs.S_IFLNK) return '@';
  if (type === fs.S_IFIFO) return '|';
  if (type === fs.S_IFSOCK) return '=';
  const isExecutable = type === fs.S_IFREG && (mode & 0o111) !== 0;
  return options.indicator === 'classify' && isExecutable ? '*' : '';
}

export function entryIndicator(entry: LsEntry, options: LsOptions): string {
  if (isLink(entry) && options.format === 'long') return '';
  return indicatorOf(entry.status?.mode ?? entry.type, options);
}

/** A name in shell quotes sticks out: the others get a blank before them, so that names line up. */
export function needsAlignment(names: readonly string[], options: LsOptions): boolean {
  const isVariable = options.quoting === 'shell' || options.quoting === 'shell-escape';
  const isAligned =
    options.format === 'long' ||
    ((options.format === 'vertical' || options.format === 'across') && options.width > 0);
  return isVariable && isAligned && names.some(name => /^['"]/.test(name));
}
