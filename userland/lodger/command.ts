/** What `lodger -- command` and `lodger exec PID -- command` have in common: the command's environment, and statuses. */
import { DEFAULT_ENVIRONMENT } from '../../host/control/environment.ts';
import { UsageError } from '../libc/getopt.ts';
import { env } from '../libc/stdlib.ts';

/** The command could not be started. */
export const STATUS_NOT_EXECUTABLE = 126;
export const STATUS_NOT_FOUND = 127;

/** The argument of --env as NAME=value: NAME alone stands for the value here, if it has one. UsageError. */
export function parseEnv(text: string): string[] {
  const equals = text.indexOf('=');
  if (equals === 0) throw new UsageError(`--env ${text}: write NAME=VALUE`);
  if (equals > 0) return [text];
  const value = env.get(text);
  return value === undefined ? [] : [`${text}=${value}`];
}

/** NAME=value for all of the command's variables: the default ones and `more`, this terminal's type, `assignments`. */
export function commandEnvironment(
  assignments: readonly string[],
  more: Readonly<Record<string, string>> = {},
): string[] {
  const variables = new Map(Object.entries({ ...DEFAULT_ENVIRONMENT, ...more }));
  const term = env.get('TERM');
  if (term !== undefined) variables.set('TERM', term);
  for (const text of assignments) {
    const equals = text.indexOf('=');
    variables.set(text.slice(0, equals), text.slice(equals + 1));
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
