/** The last row of less and more: where in which file the window is. Pure. */
import type { LineSource } from './source.ts';

export interface Facts {
  readonly source: LineSource;
  readonly names: readonly string[];
  readonly index: number;
  /** First and last line of the window, from 0. */
  readonly firstLine: number;
  readonly lastLine: number;
  readonly isAtEnd: boolean;
  readonly isMore: boolean;
  readonly isFollowing: boolean;
  readonly isFiltered: boolean;
}

/** By lines if all are known, by bytes in a file; undefined for a pipe under way. */
function percentOf({ source, lastLine }: Facts): number | undefined {
  if (source.isEnded) return Math.floor(((lastLine + 1) * 100) / Math.max(1, source.lines.length));
  if (source.size === undefined || source.size === 0) return undefined;
  let bytes = 0;
  for (let i = 0; i <= lastLine; i++) bytes += (source.lines[i]?.length ?? 0) + 1;
  return Math.min(99, Math.floor((bytes * 100) / source.size));
}

function linesText({ source, firstLine, lastLine }: Facts): string {
  const total = source.isEnded ? `/${source.lines.length}` : '';
  return `lines ${firstLine + 1}-${lastLine + 1}${total}`;
}

export function statusLine(facts: Facts): string {
  const { source, names, index, isAtEnd } = facts;
  const percent = percentOf(facts);
  const next = isAtEnd ? names[index + 1] : undefined;
  if (facts.isMore) {
    if (next !== undefined) return `--More--(Next file: ${next})`;
    return percent === undefined ? '--More--' : `--More--(${percent}%)`;
  }
  if (facts.isFollowing) return 'Waiting for data... (interrupt to abort)';
  const files = names.length > 1 ? ` (file ${index + 1} of ${names.length})` : '';
  const name = source.name === '' ? '' : `${source.name}${files} `;
  const where = isAtEnd ? ' (END)' : percent === undefined ? '' : ` ${percent}%`;
  const behind = next === undefined ? '' : ` - Next: ${next}`;
  return `${facts.isFiltered ? '& ' : ''}${name}${linesText(facts)}${where}${behind}`;
}

/** What = tells. */
export function fileLine(facts: Facts): string {
  const { source } = facts;
  const percent = percentOf(facts);
  const bytes = source.size === undefined ? '' : ` bytes ${source.size}`;
  return `${source.name || '(standard input)'} ${linesText(facts)}${bytes}${percent === undefined ? '' : ` ${percent}%`}`;
}
