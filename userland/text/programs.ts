/** The text tools, by the names under which they are run. */
import type { Main } from '../libc/start.ts';
import { awk } from './awk/awk.ts';
import { cut } from './cut.ts';
import { egrep, fgrep, grep } from './grep/grep.ts';
import { head } from './head.ts';
import { paste } from './paste.ts';
import { sed } from './sed/sed.ts';
import { sort } from './sort/sort.ts';
import { tail } from './tail.ts';
import { tr } from './tr.ts';
import { uniq } from './uniq.ts';
import { wc } from './wc.ts';

// find and xargs live in userland/find, cmp, diff and patch in userland/diff (written by somebody else just now).
export const programs: Record<string, Main> = {
  awk,
  cut,
  egrep,
  fgrep,
  grep,
  head,
  paste,
  mawk: awk,
  sed,
  sort,
  tail,
  tr,
  uniq,
  wc,
};
