/** The programs of this folder, for the multi-call bundle. */
import type { Main } from '../libc/start.ts';
import { main } from './main.ts';

export const programs: Readonly<Record<string, Main>> = { sh: main };
