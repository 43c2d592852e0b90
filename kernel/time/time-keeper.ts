/**
 * TimeKeeper: the guest's clocks, derived from the machine's monotonic clock. clock_gettime(2).
 *
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME count from boot; CLOCK_REALTIME is the boot instant plus that, moved by
 * settimeofday(2) for this guest only.
 */
import type { Clock } from '../../host/machine.ts';
import type { Timespec } from './timespec.ts';
import { NS_PER_SEC } from './timespec.ts';

export class TimeKeeper {
  readonly #clock: Clock;
  /** Realtime at monotonic 0, as seconds and nanoseconds; changed by setRealtime. */
  #bootSec: number;
  #bootNsec: number;
  /** Woken listeners of clock changes (timerfd's TFD_TIMER_CANCEL_ON_SET) compare this. */
  realtimeChanges = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#bootSec = Number(clock.bootRealtimeNs / 1_000_000_000n);
    this.#bootNsec = Number(clock.bootRealtimeNs % 1_000_000_000n);
  }

  /** Nanoseconds since boot. */
  monotonicNs(): number {
    return this.#clock.monotonicNs();
  }

  /** CLOCK_REALTIME. */
  now(): Timespec {
    return this.realtimeAt(this.#clock.monotonicNs());
  }

  /** CLOCK_REALTIME at a point of CLOCK_MONOTONIC. */
  realtimeAt(monotonicNs: number): Timespec {
    const sec = Math.floor(monotonicNs / NS_PER_SEC);
    const nsec = this.#bootNsec + (monotonicNs - sec * NS_PER_SEC);
    return nsec >= NS_PER_SEC
      ? { sec: this.#bootSec + sec + 1, nsec: nsec - NS_PER_SEC }
      : { sec: this.#bootSec + sec, nsec };
  }

  /** The point of CLOCK_MONOTONIC, in ns, at which CLOCK_REALTIME is `time`; may be negative. */
  monotonicAt(time: Timespec): number {
    return (time.sec - this.#bootSec) * NS_PER_SEC + (time.nsec - this.#bootNsec);
  }

  /** The realtime second of the boot: btime of /proc/stat. */
  get bootRealtimeSec(): number {
    return this.#bootSec;
  }

  setRealtime(time: Timespec): void {
    const now = this.#clock.monotonicNs();
    const sec = Math.floor(now / NS_PER_SEC);
    let nsec = time.nsec - (now - sec * NS_PER_SEC);
    this.#bootSec = time.sec - sec;
    if (nsec < 0) {
      nsec += NS_PER_SEC;
      this.#bootSec--;
    }
    this.#bootNsec = nsec;
    this.realtimeChanges++;
  }
}
