/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { cmp } from './cmp.ts';
import { diff } from './diff.ts';
import { patch } from './patch/patch.ts';

export const programs: Record<string, Main> = { cmp, diff, patch };
