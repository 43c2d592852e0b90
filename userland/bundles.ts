/** The bundles of the default userland, one for each folder, and the names of the tools in each. */
import { programs as admin } from './admin/programs.ts';
import { programs as archive } from './archive/programs.ts';
import { programs as coreutils } from './coreutils/programs.ts';
import { programs as diff } from './diff/programs.ts';
import { programs as editor } from './editor/programs.ts';
import { programs as find } from './find/programs.ts';
import { programs as init } from './init/programs.ts';
import { programs as lodger } from './lodger/programs.ts';
import { programs as sh } from './sh/programs.ts';
import { programs as text } from './text/programs.ts';

export const toolsOfBundles: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({ sh, init, coreutils, text, find, diff, archive, editor, admin, lodger }).map(
    ([bundle, programs]) => [bundle, Object.keys(programs).sort()] as const,
  ),
);
