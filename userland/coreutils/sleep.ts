/** sleep(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { nanosleep } from '../libc/unistd.ts';
import { warn } from '../libc/stdlib.ts';
import { monotonicSeconds } from '../libc/time.ts';
import { parseDuration } from './lib/duration.ts';
import { isError } from './lib/errors.ts';
import { quote } from './lib/quote.ts';

const usage = `Usage: sleep NUMBER[SUFFIX]...
Pause for NUMBER seconds. SUFFIX may be 's' for seconds (the default), 'm' for minutes, 'h' for hours or 'd' for days.
NUMBER may be a fraction. Given two or more arguments, pause for their sum.
`;

export function main(argv: string[]): number {
  const { operands } = parse(argv, { short: '+', usage });
  if (operands.length === 0) return usageError(argv[0]!, 'missing operand');
  let seconds = 0;
  let isWrong = false;
  for (const word of operands) {
    const duration = parseDuration(word);
    if (duration === undefined) {
      warn(`invalid time interval ${quote(word)}`);
      isWrong = true;
    } else seconds += duration;
  }
  if (isWrong) return usageError(argv[0]!, '');
  sleepSeconds(seconds);
  return 0;
}

/** Sleeps this long, whatever signals are handled meanwhile. */
export function sleepSeconds(seconds: number): void {
  const end = monotonicSeconds() + seconds;
  for (let rest = seconds; rest > 0; rest = end - monotonicSeconds()) {
    try {
      nanosleep(Math.min(rest, 1e9));
    } catch (error) {
      if (!isError(error, 'EINTR')) throw error;
    }
  }
}
