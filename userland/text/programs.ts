/** The text tools, by the names under which they are run. */
import type { Main } from '../libc/start.ts';
import { awk } from './awk/awk.ts';
import { column } from './column.ts';
import { comm } from './comm.ts';
import { cut } from './cut.ts';
import { expand, unexpand } from './expand.ts';
import { fmt } from './fmt.ts';
import { fold } from './fold.ts';
import { egrep, fgrep, grep } from './grep/grep.ts';
import { head } from './head.ts';
import { join } from './join.ts';
import { nl } from './nl.ts';
import { paste } from './paste.ts';
import { rev } from './rev.ts';
import { sed } from './sed/sed.ts';
import { shuf } from './shuf.ts';
import { sort } from './sort/sort.ts';
import { strings } from './strings.ts';
import { tac } from './tac.ts';
import { tail } from './tail.ts';
import { tr } from './tr.ts';
import { tsort } from './tsort.ts';
import { uniq } from './uniq.ts';
import { wc } from './wc.ts';

// find and xargs live in userland/find; cmp, diff and patch in userland/diff.
export const programs: Record<string, Main> = {
  awk,
  column,
  comm,
  cut,
  egrep,
  expand,
  fgrep,
  fmt,
  fold,
  grep,
  head,
  join,
  mawk: awk,
  nl,
  paste,
  rev,
  sed,
  shuf,
  sort,
  strings,
  tac,
  tail,
  tr,
  tsort,
  unexpand,
  uniq,
  wc,
};
