/** echo(1). */
import { env } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { expandEscapes } from './lib/escapes.ts';

const usage = `Usage: echo [-neE] [STRING]...
Print the STRING(s), separated by blanks.

  -n   do not output the trailing newline
  -e   enable interpretation of backslash escapes
  -E   disable interpretation of backslash escapes (default)
`;

/** What echo prints; the shell's builtin too. */
export function echo(args: readonly string[]): string {
  let hasEscapes = false;
  let hasNewline = true;
  let i = 0;
  for (; i < args.length && /^-[neE]+$/.test(args[i]!); i++) {
    for (const letter of args[i]!.slice(1)) {
      if (letter === 'n') hasNewline = false;
      else hasEscapes = letter === 'e';
    }
  }
  const text = args.slice(i).join(' ');
  if (!hasEscapes) return hasNewline ? text + '\n' : text;
  const expanded = expandEscapes(text, 'echo');
  return expanded.text + (hasNewline && !expanded.isStopped ? '\n' : '');
}

export function main(argv: string[]): number {
  const isHelp = argv.length === 2 && argv[1] === '--help' && !env.has('POSIXLY_CORRECT');
  stdout.write(isHelp ? usage : echo(argv.slice(1)));
  return 0;
}
