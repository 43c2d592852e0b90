/** Two columns, -y. */
import { charLength } from '../../libc/regex/utf8.ts';
import { isUtf8Locale } from '../../coreutils/lib/quote.ts';
import { textWidth } from '../../text/lib/width.ts';
import { extentOf } from '../hunks.ts';
import type { Output } from './lines.ts';

const GUTTER = 3;

interface Layout {
  readonly half: number;
  readonly second: number;
}

function layoutOf(output: Output): Layout {
  const { width, expandsTabs, tabSize } = output.style;
  const tab = expandsTabs ? 1 : tabSize;
  const sum = tab + GUTTER;
  const middle = (width >> 1) + (sum >> 1) + (width & sum & 1);
  const offset = middle - (middle % tab);
  const half = Math.max(0, Math.min(offset - GUTTER, width - offset));
  return { half, second: half ? offset : width };
}

export function printSideBySide(output: Output): void {
  const { style, write, sides } = output;
  const { half, second } = layoutOf(output);
  const isUtf8 = isUtf8Locale();
  const { tabSize, expandsTabs } = style;

  const moveTo = (from: number, to: number): string => {
    let out = '';
    let at = from;
    if (!expandsTabs) {
      for (let tab = at + tabSize - (at % tabSize); tab <= to; tab += tabSize) {
        out += '\t';
        at = tab;
      }
    }
    return out + ' '.repeat(Math.max(0, to - at));
  };

  /** What of a line fits into a column that begins at `indent`, and where it ends. */
  const halfLine = (line: string, indent: number): { text: string; end: number } => {
    let text = '';
    // Columns of the text so far, and of what is written (blanks before the next character are held back).
    let at = 0;
    let written = 0;
    for (let i = 0; i < line.length;) {
      const char = line[i]!;
      if (char === '\t') {
        const spaces = tabSize - (at % tabSize);
        if (written === at) {
          if (expandsTabs) {
            const count = Math.min(spaces, half - at);
            if (count > 0) text += ' '.repeat(count);
            written = at + Math.max(0, count);
          } else if (at + spaces < half) {
            text += moveTo(indent + at, indent + at + spaces);
            written = at + spaces;
          }
        }
        at += spaces;
        i++;
      } else if (char === '\r') {
        text += char + moveTo(0, indent);
        at = written = 0;
        i++;
      } else if (char === '\b') {
        if (at > 0 && --at < half && written > at) {
          written = at;
          text += char;
        }
        i++;
      } else if (char === '\f' || char === '\v') {
        if (at < half) text += char;
        i++;
      } else {
        const length = isUtf8 ? charLength(line, i) : 1;
        const piece = line.slice(i, i + length);
        const width = textWidth(piece, isUtf8);
        at += width;
        if (at <= half) {
          written = at;
          text += piece;
        }
        i += length;
      }
    }
    return { text, end: written };
  };

  const row = (left: number | undefined, sign: string, right: number | undefined): void => {
    let out = '';
    let at = 0;
    let hasNewline = false;
    let mark = sign;
    const endsWithNewline = (side: 0 | 1, line: number) =>
      !(sides[side].file.missesNewline && line === sides[side].file.lines.length - 1);
    if (left !== undefined) {
      hasNewline = endsWithNewline(0, left);
      const { text, end } = halfLine(sides[0].file.lines[left]!, 0);
      out += text;
      at = end;
    }
    if (mark !== ' ') {
      const column = (half + second - 1) >> 1;
      out += moveTo(at, column);
      at = column + 1;
      if (mark === '|' && hasNewline !== endsWithNewline(1, right!)) mark = hasNewline ? '/' : '\\';
      out += mark;
    }
    if (right !== undefined) {
      hasNewline ||= endsWithNewline(1, right);
      const line = sides[1].file.lines[right]!;
      if (line !== '') out += moveTo(at, second) + halfLine(line, second).text;
    }
    write(out + (hasNewline ? '\n' : ''));
  };

  let next0 = 0;
  let next1 = 0;
  const common = (limit0: number, limit1: number): void => {
    if (!style.suppressesCommon) {
      if (!style.leftColumn) {
        while (next0 < limit0 && next1 < limit1) row(next0++, ' ', next1++);
        while (next1 < limit1) row(undefined, ')', next1++);
      }
      while (next0 < limit0) row(next0++, '(', undefined);
    }
    next0 = limit0;
    next1 = limit1;
  };
  for (const change of output.changes) {
    const extent = extentOf([change]);
    if (!extent) continue;
    common(extent.first0, extent.first1);
    const end0 = extent.last0 + 1;
    const end1 = extent.last1 + 1;
    while (next0 < end0 && next1 < end1) row(next0++, '|', next1++);
    while (next1 < end1) row(undefined, '>', next1++);
    while (next0 < end0) row(next0++, '<', undefined);
  }
  common(sides[0].file.lines.length, sides[1].file.lines.length);
}
