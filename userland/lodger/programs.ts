/** lodger and what it does besides booting a guest, by the first word of its arguments. */
import type { Main } from '../libc/start.ts';
import { attach } from './attach.ts';
import { lodger as boot } from './boot.ts';
import { exec } from './exec.ts';
import { ps } from './ps.ts';
import { stop } from './stop.ts';

const commands: Readonly<Record<string, Main>> = { attach, exec, ps, stop };

function lodger(argv: string[]): number {
  const word = argv[1] ?? '';
  return Object.hasOwn(commands, word) ? commands[word]!(argv.slice(1)) : boot(argv);
}

export const programs: Record<string, Main> = { lodger };
