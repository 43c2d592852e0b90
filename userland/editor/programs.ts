/** The programs of this folder, by name. */
import type { Main } from '../libc/start.ts';
import { vi } from './vi/vi.ts';

export const programs: Record<string, Main> = { vi, view: vi };
