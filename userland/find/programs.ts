/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { find } from './find.ts';
import { xargs } from './xargs/xargs.ts';

export const programs: Record<string, Main> = { find, xargs };
