/** What is told of guests to who only wants to look: `lodger ps`, listGuests(). */
import type { InnerGuest } from '../control/protocol.ts';

export type GuestInfo = InnerGuest;

/** A guest that a process of this host booted. */
export interface HostGuestInfo extends GuestInfo {
  /** Of the process of the host that it runs in. */
  readonly pid: number;
  /** What that process was called with. */
  readonly command: string;
  /** Threads of the process that are this guest's. */
  readonly threads: number;
  readonly uptimeMs: number;
  /** False: its kernel did not answer in time (a debugger may hold it), and memory and processes are not known. */
  readonly isResponding: boolean;
}
