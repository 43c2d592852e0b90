/** lodger and what it does besides booting a guest, by the first word of its arguments. */
import type { Main } from '../libc/start.ts';
import { lodger as boot } from './boot.ts';

export const programs: Record<string, Main> = { lodger: boot };
