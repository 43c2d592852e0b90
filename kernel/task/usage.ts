import { USER_HZ } from '../abi/time.ts';

/** Counters of what a task has used: the kernel's side of getrusage(2), times(2) and /proc/PID/stat. Plain data. */
export interface Usage {
  /** Nanoseconds in the program. */
  userNs: number;
  /** Nanoseconds of kernel service. */
  systemNs: number;
  minorFaults: number;
  majorFaults: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
  /** 512-byte blocks. */
  inBlocks: number;
  outBlocks: number;
  /** Largest resident set, in KiB. */
  maxRssKib: number;
}

export function newUsage(): Usage {
  return {
    userNs: 0,
    systemNs: 0,
    minorFaults: 0,
    majorFaults: 0,
    voluntarySwitches: 0,
    involuntarySwitches: 0,
    inBlocks: 0,
    outBlocks: 0,
    maxRssKib: 0,
  };
}

export function addUsage(to: Usage, from: Usage): void {
  to.userNs += from.userNs;
  to.systemNs += from.systemNs;
  to.minorFaults += from.minorFaults;
  to.majorFaults += from.majorFaults;
  to.voluntarySwitches += from.voluntarySwitches;
  to.involuntarySwitches += from.involuntarySwitches;
  to.inBlocks += from.inBlocks;
  to.outBlocks += from.outBlocks;
  to.maxRssKib = Math.max(to.maxRssKib, from.maxRssKib);
}

/** Nanoseconds in clock ticks of USER_HZ: the unit of times(2), siginfo_t and /proc. */
export function toTicks(ns: number): number {
  return Math.floor((ns * USER_HZ) / 1e9);
}
