import type { Main } from '../libc/start.ts';

export const programs: Record<string, Main> = {};
