import { describe, expect, it } from 'vitest';
import { EINVAL } from '../abi/errno.ts';
import { RLIMIT_CPU } from '../abi/resource.ts';
import {
  SIGALRM,
  SIGEV_SIGNAL,
  SIGKILL,
  SIGUSR1,
  SIGVTALRM,
  SIGXCPU,
  SI_TIMER,
  SigeventLayout,
} from '../abi/signal.ts';
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  ITIMER_REAL,
  ITIMER_VIRTUAL,
  ItimerspecLayout,
  ItimervalLayout,
} from '../abi/time.ts';
import { chargeCpu } from '../task/accounting.ts';
import { SCRATCH, TestGuest, setHandler } from '../task/testing.ts';
import { Timer, TimerQueue } from './timer-queue.ts';

describe('the timer queue', () => {
  it('expires timers by deadline, equal ones in order, and forgets cancelled ones', () => {
    const queue = new TimerQueue();
    const fired: number[] = [];
    const make = (name: number): Timer => new Timer({ timerExpired: () => fired.push(name) });
    const timers = [5, 3, 9, 3, 1, 7, 3].map((deadline, i) => {
      const timer = make(i);
      queue.set(timer, deadline);
      return timer;
    });
    expect(queue.nextDeadlineNs).toBe(1);
    queue.cancel(timers[5]!);
    queue.set(timers[2]!, 2);
    queue.advance(4);
    expect(fired).toEqual([4, 2, 1, 3, 6]);
    queue.advance(100);
    expect(fired).toEqual([4, 2, 1, 3, 6, 0]);
    expect(queue.nextDeadlineNs).toBe(Infinity);
  });

  it('keeps its order through many random changes', () => {
    const queue = new TimerQueue();
    let last = -1;
    const owner = {
      timerExpired: (timer: Timer) => {
        expect(timer.deadlineNs).toBeGreaterThanOrEqual(last);
        last = timer.deadlineNs;
      },
    };
    const timers = Array.from({ length: 200 }, () => new Timer(owner));
    let seed = 12345;
    const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
    for (let i = 0; i < 2000; i++) {
      const timer = timers[random() % 200]!;
      if (random() % 4 === 0) queue.cancel(timer);
      else queue.set(timer, random() % 1000);
    }
    const count = timers.filter(timer => timer.isSet).length;
    expect(queue.size).toBe(count);
    queue.advance(2000);
    expect(queue.size).toBe(0);
  });
});

describe('alarm and setitimer', () => {
  it('send SIGALRM once, or again and again', () => {
    const guest = new TestGuest();
    const task = guest.fork(guest.init);
    setHandler(guest, task, SIGALRM, 0x1000);
    expect(guest.call(task, 'alarm', 5)).toBe(0);
    guest.advance(2e9);
    expect(guest.call(task, 'alarm', 10)).toBe(3);
    guest.call(task, 'pause');
    guest.advance(10e9);
    expect(guest.results.get(task)).toBe('handler');
    guest.call(task, 'rt_sigreturn');

    const interval = { intervalSec: 1, valueUsec: 500_000 };
    task.memory.copyOut(SCRATCH, ItimervalLayout.encode(interval));
    expect(guest.call(task, 'setitimer', ITIMER_REAL, SCRATCH, 0)).toBe(0);
    for (const wait of [0.5e9, 1e9, 1e9]) {
      guest.call(task, 'pause');
      guest.advance(wait);
      expect(guest.results.get(task)).toBe('handler');
      guest.call(task, 'rt_sigreturn');
    }
    guest.call(task, 'getitimer', ITIMER_REAL, SCRATCH);
    expect(ItimervalLayout.decode(task.memory.copyIn(SCRATCH, 32))).toMatchObject({
      intervalSec: 1,
      valueSec: 1,
    });
  });

  it('ITIMER_VIRTUAL counts the time in the program', () => {
    const guest = new TestGuest();
    const task = guest.fork(guest.init);
    task.memory.copyOut(SCRATCH, ItimervalLayout.encode({ valueUsec: 1000 }));
    guest.call(task, 'setitimer', ITIMER_VIRTUAL, SCRATCH, 0);
    chargeCpu(task, 900_000, 5e6);
    expect(task.group.sharedPending.has(SIGVTALRM)).toBe(false);
    chargeCpu(task, 100_000, 0);
    expect(task.group.sharedPending.has(SIGVTALRM)).toBe(true);
  });
});

it('RLIMIT_CPU sends SIGXCPU at the soft limit and SIGKILL at the hard one', () => {
  const guest = new TestGuest();
  const task = guest.fork(guest.init);
  setHandler(guest, task, SIGXCPU, 0x1000);
  task.group.limits[RLIMIT_CPU] = { soft: 1, hard: 3 };
  chargeCpu(task, 1e9, 0);
  expect(task.group.sharedPending.has(SIGXCPU)).toBe(true);
  expect(task.pending.has(SIGKILL)).toBe(false);
  chargeCpu(task, 2e9, 0);
  expect(task.pending.has(SIGKILL)).toBe(true);
});

describe('timer_create', () => {
  function create(guest: TestGuest, clock: number) {
    const task = guest.fork(guest.init);
    setHandler(guest, task, SIGUSR1, 0x1000);
    task.memory.copyOut(SCRATCH, SigeventLayout.encode({ signo: SIGUSR1, notify: SIGEV_SIGNAL, value: 77n }));
    expect(guest.call(task, 'timer_create', clock, SCRATCH, SCRATCH + 128)).toBe(0);
    const id = task.memory.readI32(SCRATCH + 128);
    const set = (flags: number, value: object) => {
      task.memory.copyOut(SCRATCH, ItimerspecLayout.encode(value));
      return guest.call(task, 'timer_settime', id, flags, SCRATCH, 0);
    };
    return { task, id, set };
  }

  it('counts expirations that found their signal waiting', () => {
    const guest = new TestGuest();
    const { task, id, set } = create(guest, CLOCK_MONOTONIC);
    expect(set(0, { valueNsec: 1e6, intervalNsec: 1e6 })).toBe(0);
    task.blocked = 1n << BigInt(SIGUSR1 - 1);
    guest.advance(1e6);
    guest.advance(1e6);
    guest.advance(3e6);
    expect(task.group.sharedPending.queue).toMatchObject([
      { code: SI_TIMER, timerId: id, overrun: 4, value: 77n },
    ]);
    expect(guest.call(task, 'timer_getoverrun', id)).toBe(4);
    expect(guest.call(task, 'timer_delete', id)).toBe(0);
    expect(guest.call(task, 'timer_delete', id)).toBe(-EINVAL);
    expect(guest.kernel.timers.size).toBe(0);
  });

  it('follows CLOCK_REALTIME when it is set', () => {
    const guest = new TestGuest();
    const { task, set } = create(guest, CLOCK_REALTIME);
    const { sec } = guest.kernel.time.now();
    set(1, { valueSec: sec + 100 });
    task.memory.writeU64(SCRATCH, sec + 99);
    task.memory.writeU64(SCRATCH + 8, 0);
    expect(guest.call(task, 'clock_settime', CLOCK_REALTIME, SCRATCH)).toBe(0);
    guest.advance(0.5e9);
    expect(task.group.sharedPending.has(SIGUSR1)).toBe(false);
    guest.advance(0.5e9);
    expect(task.group.sharedPending.has(SIGUSR1)).toBe(true);
  });

  it('timers are not inherited, and end with the process', () => {
    const guest = new TestGuest();
    const { task, set } = create(guest, CLOCK_MONOTONIC);
    set(0, { valueSec: 5 });
    const child = guest.fork(task);
    expect(child.group.posixTimers).toBeUndefined();
    guest.call(task, 'exit_group', 0);
    expect(guest.kernel.timers.size).toBe(0);
  });
});
