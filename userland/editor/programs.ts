/** The programs of this folder, by name. vi, less and more are being written by somebody else just now. */
import type { Main } from '../libc/start.ts';

export const programs: Record<string, Main> = {};
