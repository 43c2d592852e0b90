/** What is told of guests to who only wants to look: `lodger ps`, listGuests(). */
import type { MemoryInfo, ProcessInfo } from '../control/protocol.ts';

export interface GuestInfo {
  /** Of the process that it runs in: a process of the host, or for an inner guest one of the outer guest. */
  readonly pid: number;
  readonly name: string;
  readonly memory: MemoryInfo;
  readonly processes: readonly ProcessInfo[];
  /** The guests inside. */
  readonly guests: readonly GuestInfo[];
}

/** A guest that a process of this host booted. */
export interface HostGuestInfo extends GuestInfo {
  /** What that process was called with. */
  readonly command: string;
  /** Threads of the process that are this guest's. */
  readonly threads: number;
  readonly uptimeMs: number;
  /** False: its kernel did not answer in time (a debugger may hold it), and memory and processes are not known. */
  readonly isResponding: boolean;
}
