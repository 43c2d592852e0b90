/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { find } from './find.ts';

export const programs: Record<string, Main> = { find };
