/** Searching with POSIX regular expressions (GNU's BRE), over lines and round the end of the text. */
import { Regex, RegexError } from '../../libc/regex.ts';
import type { Editor } from './editor.ts';
import { Beep } from './keys.ts';
import { type Position, nextColumn, previousColumn } from './text.ts';

/** A message for the last row. */
export class EditorError extends Error {}

/** Compiles a pattern with the settings of the editor. `\c` makes it caseless, `\d` is a digit. */
export function compile(editor: Editor, pattern: string): Regex {
  const { ignorecase, smartcase } = editor.settings;
  const isCaseless = /(^|[^\\])\\c/.test(pattern) || (ignorecase && !(smartcase && /[A-Z]/.test(pattern)));
  const key = `${isCaseless ? 'i' : ' '}${pattern}`;
  if (editor.lastRegex?.key === key) return editor.lastRegex.regex;
  const source = pattern.replace(/\\([^])/g, (whole, char: string) =>
    char === 'c' ? '' : char === 'd' ? '[0-9]' : char === 't' ? '\t' : whole,
  );
  try {
    const regex = new Regex(source, { isExtended: false, isCaseless, isUtf8: true, dialect: 'posix' });
    editor.lastRegex = { key, regex };
    return regex;
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new EditorError(`E383: Invalid search string: ${pattern}: ${error.message}`);
  }
}

export interface Found {
  readonly at: Position;
  /** Column behind the match. */
  readonly end: number;
  readonly isWrapped: boolean;
}

/** All matches of a line. */
export function matchesIn(regex: Regex, text: string): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (let from = 0; from <= text.length;) {
    const match = regex.exec(text, from);
    if (!match) break;
    found.push({ start: match.start, end: match.end });
    from =
      match.end > match.start
        ? match.end
        : match.end >= text.length
          ? text.length + 1
          : nextColumn(text, match.end);
  }
  return found;
}

/** The next match behind (or before) the cursor. */
export function find(editor: Editor, regex: Regex, from: Position, isForward: boolean): Found | undefined {
  const { lines } = editor.buffer;
  const count = lines.length;
  for (let step = 0; step <= count; step++) {
    const line = isForward ? (from.line + step) % count : (from.line - step + count * 2) % count;
    const isWrapped = isForward ? from.line + step >= count : from.line - step < 0;
    if (isWrapped && !editor.settings.wrapscan) return undefined;
    const text = lines[line]!;
    if (!regex.test(text)) continue;
    const match = isForward
      ? firstIn(regex, text, step === 0 ? from.column : -1)
      : matchesIn(regex, text).findLast(one => step > 0 || one.start < from.column);
    if (match) return { at: { line, column: match.start }, end: match.end, isWrapped };
  }
  return undefined;
}

/** The first match that begins behind `after`. */
function firstIn(regex: Regex, text: string, after: number): { start: number; end: number } | undefined {
  if (after < 0) return regex.exec(text, 0);
  if (after >= text.length) return undefined;
  const match = regex.exec(text, nextColumn(text, after));
  return match && (match.start < text.length || text.length === 0) ? match : undefined;
}

/** Splits `pattern/offset` at the first delimiter that is not escaped or in brackets. */
export function splitPattern(
  text: string,
  delimiter: string,
): { pattern: string; rest: string; isClosed: boolean } {
  let pattern = '';
  let isInBrackets = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\' && i + 1 < text.length) {
      const next = text[++i]!;
      pattern += next === delimiter ? next : char + next;
    } else if (char === delimiter && !isInBrackets) {
      return { pattern, rest: text.slice(i + 1), isClosed: true };
    } else {
      if (char === '[' && text.indexOf(']', i + 2) > 0) isInBrackets = true;
      else if (char === ']') isInBrackets = false;
      pattern += char;
    }
  }
  return { pattern, rest: '', isClosed: false };
}

export interface SearchResult {
  readonly to: Position;
  readonly kind: 'exclusive' | 'inclusive' | 'lines';
}

/** n, N and what / and ? do when their pattern is there. `isSameWay`: in the direction of the last search. */
export function repeatSearch(editor: Editor, count: number, direction: 'same' | 'opposite'): SearchResult {
  const { lastSearch } = editor;
  if (!lastSearch) throw new EditorError('E35: No previous regular expression');
  const isForward = lastSearch.isForward === (direction === 'same');
  const regex = compile(editor, lastSearch.pattern);
  editor.isHighlighted = true;
  let from = startFor(editor, lastSearch.offset, isForward);
  let found: Found | undefined;
  for (let i = 0; i < count; i++) {
    found = find(editor, regex, from, isForward);
    if (!found) break;
    from = found.at;
    if (found.isWrapped)
      editor.complain(
        isForward ? 'search hit BOTTOM, continuing at TOP' : 'search hit TOP, continuing at BOTTOM',
      );
  }
  if (!found) {
    if (editor.settings.wrapscan) throw new EditorError(`E486: Pattern not found: ${lastSearch.pattern}`);
    throw new EditorError(
      isForward
        ? `E385: Search hit BOTTOM without match for: ${lastSearch.pattern}`
        : `E384: Search hit TOP without match for: ${lastSearch.pattern}`,
    );
  }
  return withOffset(editor, found, lastSearch.offset);
}

/** A search that lands on a match's end, or on another line, goes on from the match itself. */
function startFor(editor: Editor, offset: string, isForward: boolean): Position {
  const { cursor } = editor;
  if (/^[+-]?\d*$/.test(offset) && offset !== '')
    return isForward ? { line: cursor.line, column: editor.text.length } : { line: cursor.line, column: 0 };
  return cursor;
}

function withOffset(editor: Editor, found: Found, offset: string): SearchResult {
  if (offset === '') return { to: found.at, kind: 'exclusive' };
  const match = /^([esb]?)([+-]?)(\d*)$/.exec(offset);
  if (!match) return { to: found.at, kind: 'exclusive' };
  const amount = (match[2] || match[3] ? Number(match[3] || 1) : 0) * (match[2] === '-' ? -1 : 1);
  if (match[1] === '') {
    const line = Math.max(0, Math.min(editor.buffer.lineCount - 1, found.at.line + amount));
    return { to: { line, column: Math.max(0, editor.buffer.line(line).search(/[^ \t]|$/)) }, kind: 'lines' };
  }
  const text = editor.buffer.line(found.at.line);
  let column = match[1] === 'e' ? previousColumn(text, found.end) : found.at.column;
  for (let i = 0; i < Math.abs(amount); i++)
    column = amount > 0 ? nextColumn(text, column) : previousColumn(text, column);
  return { to: { line: found.at.line, column }, kind: match[1] === 'e' ? 'inclusive' : 'exclusive' };
}

/** What was typed behind / or ?: remembers it and searches. */
export function searchFor(editor: Editor, typed: string, isForward: boolean, count: number): SearchResult {
  const { pattern, rest } = splitPattern(typed, isForward ? '/' : '?');
  const used = pattern === '' ? editor.lastSearch?.pattern : pattern;
  if (used === undefined) throw new EditorError('E35: No previous regular expression');
  editor.lastSearch = { pattern: used, isForward, offset: rest };
  return repeatSearch(editor, count, 'same');
}

/** The word under or behind the cursor as a pattern: * and #. */
export function wordPattern(editor: Editor, isWhole: boolean): string {
  const text = editor.text;
  const isWord = (char: string | undefined): boolean => char !== undefined && /[\w\x80-\xff]/.test(char);
  let start = editor.cursor.column;
  while (start < text.length && !isWord(text[start])) start++;
  if (start >= text.length) throw new Beep();
  while (start > 0 && isWord(text[start - 1])) start--;
  let end = start;
  while (isWord(text[end])) end++;
  const word = text.slice(start, end);
  editor.cursor = { line: editor.cursor.line, column: start };
  return isWhole ? `\\<${word}\\>` : word;
}
