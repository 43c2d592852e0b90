/** Names on their way into and out of an archive: leading slashes, transformations, stripped components. */
import { warn } from './report.ts';
import { quote } from './quote.ts';
import type { Transform } from './transform.ts';

const told = new Set<string>();

function sayOnce(text: string): void {
  if (told.has(text)) return;
  told.add(text);
  warn(text);
}

/** Takes away what would lead out of the directory: slashes in front, and everything up to the last «..». */
export function withoutLeading(name: string, what: 'member names' | 'hard link targets'): string {
  let length = 0;
  for (let at = 0; at < name.length;) {
    const slash = name.indexOf('/', at);
    const end = slash < 0 ? name.length : slash;
    if (name.slice(at, end) === '..') length = end;
    at = end + 1;
  }
  while (name[length] === '/') length++;
  if (length > 0) sayOnce(`Removing leading \`${quote(name.slice(0, length))}' from ${what}`);
  const rest = name.slice(length);
  if (rest !== '') return rest;
  if (name === '')
    sayOnce(`Substituting \`.' for empty ${what === 'member names' ? 'member name' : 'hard link target'}`);
  return '.';
}

export function stripComponents(name: string, count: number): string {
  let rest = name;
  for (let i = 0; i < count; i++) {
    const slash = rest.indexOf('/');
    if (slash < 0) return '';
    rest = rest.slice(slash).replace(/^\/+/, '');
  }
  return rest;
}

export function withoutTrailingSlashes(name: string): string {
  let end = name.length;
  while (end > 1 && name[end - 1] === '/') end--;
  return name.slice(0, end);
}

export type NameKind = 'regular' | 'symlink' | 'hardlink';

export interface NameRules {
  /** -P */
  readonly keepsLeading: boolean;
  readonly transforms: readonly Transform[];
  readonly strip: number;
}

/** The name under which a file is stored or extracted; '' if nothing is left of it. */
export function ruledName(name: string, rules: NameRules, kind: NameKind): string {
  let out = name;
  for (const transform of rules.transforms) if (transform.kinds.has(kind)) out = transform.apply(out);
  if (kind === 'symlink') return out;
  if (!rules.keepsLeading)
    out = withoutLeading(out, kind === 'hardlink' ? 'hard link targets' : 'member names');
  return rules.strip > 0 ? stripComponents(out, rules.strip) : out;
}
