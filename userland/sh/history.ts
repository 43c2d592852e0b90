/** The lines typed before: HISTFILE (default ~/.sh_history), HISTSIZE (default 1000). */
import { O_APPEND, O_CLOEXEC, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { close, open, writeAll } from '../libc/unistd.ts';
import { readOutput } from './read-output.ts';
import type { Shell } from './shell.ts';

const DEFAULT_SIZE = 1000;

function limit(shell: Shell): number {
  const size = Number(shell.variables.get('HISTSIZE') ?? DEFAULT_SIZE);
  return Number.isInteger(size) && size >= 0 ? size : DEFAULT_SIZE;
}

function file(shell: Shell): string | undefined {
  const named = shell.variables.get('HISTFILE');
  if (named !== undefined) return named === '' ? undefined : named;
  const home = shell.variables.get('HOME');
  return home ? `${home}/.sh_history` : undefined;
}

export function loadHistory(shell: Shell): void {
  const path = file(shell);
  if (path === undefined) return;
  quietly(() => {
    const fd = open(path, O_RDONLY | O_CLOEXEC);
    const text = readOutput(fd);
    close(fd);
    const lines = text.split('\n').filter(line => line !== '');
    const kept = limit(shell);
    shell.history = lines.slice(Math.max(0, lines.length - kept));
    // The file grows by a line for each command; here it is cut back.
    if (lines.length > 2 * kept) write(path, O_WRONLY | O_TRUNC, `${shell.history.join('\n')}\n`);
  });
}

/** Remembers a line, unless it is empty, begins with a blank, or repeats the one before. */
export function addToHistory(shell: Shell, line: string, isContinuation: boolean): void {
  if (/^\s*$/.test(line) || (line.startsWith(' ') && !isContinuation)) return;
  const { history } = shell;
  if (history.at(-1) === line) return;
  history.push(line);
  if (history.length > limit(shell)) history.shift();
  const path = file(shell);
  if (path !== undefined) quietly(() => write(path, O_WRONLY | O_CREAT | O_APPEND, `${line}\n`));
}

function write(path: string, flags: number, text: string): void {
  const fd = open(path, flags | O_CLOEXEC, 0o600);
  writeAll(fd, text);
  close(fd);
}

function quietly(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}
