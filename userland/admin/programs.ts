/** The system's own programs by name: init, and the tools of its administrator. */
import type { Main } from '../libc/start.ts';
import { init } from './init.ts';
import { halt, poweroff, reboot } from './power.ts';

export const programs: Record<string, Main> = { halt, init, poweroff, reboot };
