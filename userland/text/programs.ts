/** The text tools, by the names under which they are run. */
import type { Main } from '../libc/start.ts';
import { sed } from './sed/sed.ts';

export const programs: Record<string, Main> = {
  sed,
};
