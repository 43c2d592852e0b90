/** The environment and the program's name: stdlib.h, and err.h's way of reporting errors. */
import { SysError } from './native.ts';
import { exit } from './unistd.ts';
import { stderr, stdout } from './stdio.ts';

/** The environment, in the order in which it was given. */
export const env = new Map<string, string>();

/** argv[0] without directories: what messages begin with. */
export let programName = '';

/** Called once by start.ts. */
export function initialise(argv0: string, environment: readonly string[]): void {
  programName = argv0.slice(argv0.lastIndexOf('/') + 1);
  for (const entry of environment) {
    const equals = entry.indexOf('=', 1);
    if (equals > 0) env.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
}

export function getenv(name: string): string | undefined {
  return env.get(name);
}
export function setenv(name: string, value: string): void {
  env.set(name, value);
}
export function unsetenv(name: string): void {
  env.delete(name);
}
/** The environment as execve(2) takes it. */
export function environment(): string[] {
  return [...env].map(([name, value]) => `${name}=${value}`);
}

/** What an error says: strerror's text for a system call's, the message otherwise. */
export function errorText(error: unknown): string {
  if (error instanceof SysError || error instanceof Error) return error.message;
  return String(error);
}

/** Writes «program: message» to standard error. */
export function warn(message: string): void {
  stdout.flush();
  stderr.write(`${programName}: ${message}\n`);
  stderr.flush();
}

/** Writes «program: message» and exits. */
export function fail(status: number, message: string): never {
  warn(message);
  return exit(status);
}
