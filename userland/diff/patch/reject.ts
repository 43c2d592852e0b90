/** Reject files: the hunks that did not fit, in the format of the patch; those of normal patches as context diffs. */
import { NO_NEWLINE } from '../output/lines.ts';
import { type Hunk, newLines, oldLines } from './hunk.ts';
import { stripName } from './names.ts';
import type { FilePatch } from './reader.ts';

function lineOf(mark: string, text: string): string {
  return text.endsWith('\n') ? mark + text : `${mark}${text}\n${NO_NEWLINE}`;
}

function unifiedRange(first: number, count: number): string {
  return count === 1 ? String(first) : `${first},${count}`;
}

function contextRange(first: number, count: number): string {
  return count === 0 ? '0' : count === 1 ? String(first) : `${first},${first + count - 1}`;
}

/** What stands behind `--- `, with the name as -p strips it. */
function stripped(text: string, strip: number | undefined): string {
  const end = text.search(/[\t\n]/);
  const name = text.slice(0, end);
  return (name === '/dev/null' ? name : (stripName(name, strip) ?? name)) + text.slice(end);
}

export function rejectHeader(patch: FilePatch, strip: number | undefined, isReversed: boolean): string {
  const isUnified = patch.format === 'unified';
  const [a, b] = isUnified ? ['--- ', '+++ '] : ['*** ', '--- '];
  const bare = patch.headerLines?.map(line => stripped(line.slice(4), strip)) ?? [
    '/dev/null\n',
    '/dev/null\n',
  ];
  const [first, second] = isReversed ? bare.toReversed() : bare;
  return `${a}${first}${b}${second}`;
}

/** `offset`: how many lines earlier hunks have added. */
export function rejectedHunk(hunk: Hunk, format: FilePatch['format'], offset: number): string {
  const olds = oldLines(hunk).length;
  const news = newLines(hunk).length;
  const oldFirst = hunk.oldFirst + offset;
  const newFirst = hunk.newFirst + offset;
  if (format === 'unified') {
    const head = `@@ -${unifiedRange(oldFirst, olds)} +${unifiedRange(newFirst, news)} @@\n`;
    return head + hunk.lines.map(({ mark, text }) => lineOf(mark, text)).join('');
  }
  const isNormal = format === 'normal';
  const marks = contextMarks(hunk, isNormal);
  const side = (skip: '+' | '-') =>
    hunk.lines.map(({ mark, text }, i) => (mark === skip ? '' : lineOf(`${marks[i]} `, text))).join('');
  const [stars, dashes] = isNormal ? ['', ' -----'] : [' ****', ' ----'];
  return `***************\n*** ${contextRange(oldFirst, olds)}${stars}\n${side('+')}--- ${contextRange(newFirst, news)}${dashes}\n${side('-')}`;
}

/** `!` where lines are replaced. */
function contextMarks(hunk: Hunk, isPlain: boolean): string[] {
  const marks: string[] = hunk.lines.map(line => line.mark);
  if (isPlain) return marks;
  for (let i = 0; i < marks.length;) {
    let end = i;
    while (end < marks.length && marks[end] !== ' ') end++;
    const run = marks.slice(i, end);
    if (run.includes('-') && run.includes('+')) marks.fill('!', i, end);
    i = Math.max(end, i + 1);
  }
  return marks;
}
