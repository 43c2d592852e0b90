/** What find's options set: read by the walk and by the tests while they are parsed. */
import type { Timespec } from '../libc/stat.ts';
import { CLOCK_REALTIME, clockGettime, localtime } from '../libc/time.ts';
import { isatty } from '../libc/unistd.ts';
import type { Follow } from './entry.ts';

export const DAY = 86400;

export interface Settings {
  follow: Follow;
  minDepth: number;
  maxDepth: number;
  /** -depth: a directory's entries before the directory. */
  isDepthFirst: boolean;
  /** -depth was written, not implied by -delete. */
  hasDepthOption: boolean;
  staysOnDevice: boolean;
  ignoresReaddirRace: boolean;
  hasWarnings: boolean;
  readonly now: Timespec;
  /** What -mtime 0 begins at: a day ago, or with -daystart midnight. */
  dayStart: Timespec;
  regexType: string;
  /** -files0-from */
  startsFile: string | undefined;
}

export function defaultSettings(): Settings {
  const now = clockGettime(CLOCK_REALTIME);
  return {
    follow: 'none',
    minDepth: 0,
    maxDepth: Infinity,
    isDepthFirst: false,
    hasDepthOption: false,
    staysOnDevice: false,
    ignoresReaddirRace: false,
    hasWarnings: isatty(0),
    now,
    dayStart: { sec: now.sec - DAY, nsec: now.nsec },
    regexType: 'findutils-default',
    startsFile: undefined,
  };
}

/** Local midnight before an instant. */
export function midnight(instant: Timespec): Timespec {
  const tm = localtime(instant.sec);
  return { sec: instant.sec - tm.hour * 3600 - tm.min * 60 - tm.sec, nsec: 0 };
}
