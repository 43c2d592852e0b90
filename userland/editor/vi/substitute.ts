/** :s – patterns replaced in lines, with & \1 \u \l \U \L \E ~ \n, and c for asking. */
import type { Match } from '../../libc/regex.ts';
import type { Editor } from './editor.ts';
import { ESCAPE } from './keys.ts';
import { lower, mapCharacters, upper } from './operators.ts';
import { EditorError, compile } from './search.ts';
import { characterAt, firstNonBlank, nextColumn } from './text.ts';

export interface Substitution {
  readonly pattern: string;
  readonly replacement: string;
  readonly flags: string;
}

/** Splits the replacement off its flags: the pattern is cut already. */
export function splitReplacement(text: string, delimiter: string): { replacement: string; flags: string } {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === delimiter) return { replacement: text.slice(0, i), flags: text.slice(i + 1) };
  }
  return { replacement: text, flags: '' };
}

/** What stands in place of a match; a newline in it breaks the line. */
export function expandReplacement(replacement: string, match: Match): string {
  let result = '';
  let once: ((text: string) => string) | undefined;
  let all: ((text: string) => string) | undefined;
  const add = (text: string): void => {
    let piece = all ? mapCharacters(text, all) : text;
    if (once && piece !== '') {
      const first = characterAt(piece, 0);
      piece = mapCharacters(first, once) + piece.slice(first.length);
      once = undefined;
    }
    result += piece;
  };
  for (let i = 0; i < replacement.length; i++) {
    const char = replacement[i]!;
    if (char === '&') add(match.groups[0] ?? '');
    else if (char === '\r') result += '\n';
    else if (char === '\\' && i + 1 < replacement.length) {
      const next = replacement[++i]!;
      if (/[0-9]/.test(next)) add(match.groups[Number(next)] ?? '');
      else if (next === 'n' || next === 'r') result += '\n';
      else if (next === 't') add('\t');
      else if (next === 'u') once = upper;
      else if (next === 'l') once = lower;
      else if (next === 'U') all = upper;
      else if (next === 'L') all = lower;
      else if (next === 'E' || next === 'e') all = undefined;
      else add(next === '\r' ? '\r' : next);
    } else add(char);
  }
  return result;
}

/** Replaces ~ by the replacement of before. */
export function withPrevious(replacement: string, previous: string): string {
  return replacement.replace(/\\[^]|~/g, found => (found === '~' ? previous : found === '\\~' ? '~' : found));
}

interface Tally {
  substitutions: number;
  lines: number;
  isStopped: boolean;
  isForAll: boolean;
}

/** Runs a substitution over lines; where it last did something, the cursor goes. */
export function substitute(
  editor: Editor,
  from: number,
  to: number,
  what: Substitution,
  isQuiet = false,
): void {
  const { buffer } = editor;
  const isCaseless = what.flags.includes('i');
  const regex = compile(editor, (isCaseless ? '\\c' : '') + what.pattern);
  const tally: Tally = { substitutions: 0, lines: 0, isStopped: false, isForAll: false };
  let last = to;
  let lastChanged: number | undefined;
  editor.isHighlighted = true;
  for (let line = from; line <= last && !tally.isStopped; line++) {
    const before = tally.substitutions;
    const grown = substituteLine(editor, line, regex, what, tally);
    if (tally.substitutions === before) continue;
    tally.lines++;
    line += grown;
    last += grown;
    lastChanged = line;
  }
  if (what.flags.includes('n')) {
    editor.tell(
      `${tally.substitutions} match${tally.substitutions === 1 ? '' : 'es'} on ${tally.lines} line${tally.lines === 1 ? '' : 's'}`,
    );
    return;
  }
  if (lastChanged === undefined) {
    if (tally.isStopped || isQuiet || what.flags.includes('e') || tally.lines > 0) return;
    if (!what.flags.includes('c') || !hasMatch(editor, from, to, regex))
      throw new EditorError(`E486: Pattern not found: ${what.pattern}`);
    return;
  }
  editor.moveTo(lastChanged, firstNonBlank(buffer.line(lastChanged)));
  if (tally.substitutions > 2 || tally.lines > 2)
    editor.tell(
      `${tally.substitutions} substitution${tally.substitutions === 1 ? '' : 's'} on ${tally.lines} line${tally.lines === 1 ? '' : 's'}`,
    );
}

function hasMatch(editor: Editor, from: number, to: number, regex: { test(text: string): boolean }): boolean {
  return editor.buffer.lines.slice(from, to + 1).some(text => regex.test(text));
}

/** One line; returns by how many lines the text grew. */
function substituteLine(
  editor: Editor,
  line: number,
  regex: ReturnType<typeof compile>,
  { replacement, flags }: Substitution,
  tally: Tally,
): number {
  const { buffer } = editor;
  const text = buffer.line(line);
  let result = '';
  let copied = 0;
  let count = 0;
  for (let from = 0; from <= text.length && !tally.isStopped;) {
    const match = regex.exec(text, from);
    if (!match) break;
    // An empty match right behind the last one is none.
    const isRepeatedEnd = match.end === match.start && count > 0 && match.start === copied;
    if (!isRepeatedEnd && (!flags.includes('c') || tally.isForAll || ask(editor, line, match, tally))) {
      result += text.slice(copied, match.start) + expandReplacement(replacement, match);
      copied = match.end;
      count++;
    }
    if (!flags.includes('g')) break;
    from = match.end > match.start ? match.end : nextColumn(text, match.end);
    if (match.end === match.start && match.end >= text.length) break;
  }
  tally.substitutions += count;
  if (count === 0 || flags.includes('n')) return 0;
  const lines = (result + text.slice(copied)).split('\n');
  buffer.splice(line, 1, lines);
  return lines.length - 1;
}

/** c: shows the match and asks. */
function ask(editor: Editor, line: number, match: Match, tally: Tally): boolean {
  editor.cursor = { line, column: match.start };
  for (;;) {
    editor.tell('replace (y/n/a/q/l/^E/^Y)?');
    const key = editor.keys.read();
    editor.message = '';
    switch (key) {
      case 'y':
        return true;
      case 'l':
        tally.isStopped = true;
        return true;
      case 'a':
        tally.isForAll = true;
        return true;
      case 'n':
        return false;
      case 'q':
      case '\x03':
      case ESCAPE:
        tally.isStopped = true;
        return false;
      default:
    }
  }
}
