/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';

export const programs: Record<string, Main> = {};
