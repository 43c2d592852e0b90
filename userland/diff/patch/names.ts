/** Which file a patch is for: the names of its header, stripped as -p says, and what is there. */
import { type FileStatus, S_ISREG, tryStat } from '../../libc/stat.ts';
import type { FilePatch, HeaderName } from './reader.ts';

export interface Target {
  readonly name: string;
  readonly status: FileStatus | undefined;
}

/** Strips leading components; undefined if the name has too few. `strip` undefined: all but the last. */
export function stripName(name: string, strip: number | undefined): string | undefined {
  if (strip === undefined) return name.slice(name.lastIndexOf('/') + 1);
  let rest = name;
  for (let i = 0; i < strip; i++) {
    const slash = rest.indexOf('/');
    if (slash < 0) return undefined;
    rest = rest.slice(slash).replace(/^\/+/, '');
  }
  return rest === '' ? undefined : rest;
}

/** Names that lead out of the directory are not followed. */
function isSafe(name: string): boolean {
  return !name.startsWith('/') && !name.split('/').includes('..');
}

function better(a: string, b: string): string {
  const components = (name: string) => name.split('/').length;
  const base = (name: string) => name.slice(name.lastIndexOf('/') + 1).length;
  if (components(a) !== components(b)) return components(a) < components(b) ? a : b;
  if (base(a) !== base(b)) return base(a) < base(b) ? a : b;
  return a.length <= b.length ? a : b;
}

/** The file that the header means; undefined if there is none and the patch does not make one. */
export function chooseTarget(
  patch: FilePatch,
  strip: number | undefined,
  isReversed: boolean,
): Target | undefined {
  const candidates: { name: string; header: HeaderName }[] = [];
  for (const header of [patch.old, patch.new, patch.index]) {
    if (!header || header.name === '/dev/null') continue;
    const name = stripName(header.name, strip);
    if (name !== undefined && isSafe(name)) candidates.push({ name, header });
  }
  const there = candidates
    .map(({ name }) => ({ name, status: tryStat(name) }))
    .filter(({ status }) => status && S_ISREG(status.mode));
  if (there.length > 0) {
    const name = there.map(target => target.name).reduce(better);
    return { name, status: tryStat(name) };
  }
  const from = isReversed ? patch.new : patch.old;
  if (!from?.isAbsent || candidates.length === 0) return undefined;
  return { name: candidates.map(({ name }) => name).reduce(better), status: undefined };
}
