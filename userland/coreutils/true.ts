/** true(1) and false(1). */
import { stdout } from '../libc/stdio.ts';

function help(argv: string[], name: string, what: string): void {
  if (argv.length === 2 && argv[1] === '--help') {
    stdout.write(
      `Usage: ${name} [ignored command line arguments]\nExit with a status code indicating ${what}.\n`,
    );
  }
}

export function main(argv: string[]): number {
  help(argv, 'true', 'success');
  return 0;
}

export function falseMain(argv: string[]): number {
  help(argv, 'false', 'failure');
  return 1;
}
