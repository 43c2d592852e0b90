/** The first process and what tells it to end the system, by name. */
import type { Main } from '../libc/start.ts';
import { init } from './init.ts';
import { halt, poweroff, reboot } from './power.ts';

export const programs: Record<string, Main> = { halt, init, poweroff, reboot };
