/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { less, more } from './less/less.ts';
import { vi } from './vi/vi.ts';

export const programs: Record<string, Main> = { less, more, vi, view: vi };
