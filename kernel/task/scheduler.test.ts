import { describe, expect, it } from 'vitest';
import { SCHED_FIFO, SCHED_RR } from '../abi/sched.ts';
import { Scheduler } from './scheduler.ts';
import { newSchedulingState } from './scheduling-state.ts';
import type { Task } from './task.ts';

/** The scheduler looks at nothing but `sched`. */
function fakeTask(nice = 0): Task {
  return { sched: { ...newSchedulingState(), nice } } as Task;
}

/** Lets tasks that always want more run for a number of 1 ms turns; how often each one ran. */
function run(scheduler: Scheduler, tasks: Task[], turns: number): number[] {
  const counts = tasks.map(() => 0);
  for (const task of tasks) scheduler.enqueue(task);
  for (let i = 0; i < turns; i++) {
    const task = scheduler.pickNext()!;
    counts[tasks.indexOf(task)]!++;
    scheduler.account(task, 1e6);
    scheduler.enqueue(task);
  }
  for (const task of tasks) scheduler.remove(task);
  return counts;
}

describe('the scheduler', () => {
  it('divides time equally among equals', () => {
    const counts = run(new Scheduler(), [fakeTask(), fakeTask(), fakeTask()], 300);
    expect(counts).toEqual([100, 100, 100]);
  });

  it('gives five steps of nice about a third', () => {
    const [urgent, polite] = run(new Scheduler(), [fakeTask(0), fakeTask(5)], 4000);
    expect(urgent! / polite!).toBeGreaterThan(2.9);
    expect(urgent! / polite!).toBeLessThan(3.2);
  });

  it('does not let a sleeper catch up on what it missed', () => {
    const scheduler = new Scheduler();
    const busy = fakeTask();
    const sleeper = fakeTask();
    run(scheduler, [busy], 1000);
    const [, late] = run(scheduler, [busy, sleeper], 100);
    expect(late).toBeLessThan(60);
  });

  it('serves real-time tasks first, by priority', () => {
    const scheduler = new Scheduler();
    const [plain, low, high] = [fakeTask(-20), fakeTask(), fakeTask()];
    Object.assign(low.sched, { policy: SCHED_FIFO, priority: 1 });
    Object.assign(high.sched, { policy: SCHED_FIFO, priority: 50 });
    for (const task of [plain, low, high]) scheduler.enqueue(task);
    expect([scheduler.pickNext(), scheduler.pickNext(), scheduler.pickNext()]).toEqual([high, low, plain]);
    expect(scheduler.pickNext()).toBeUndefined();
  });

  it('leaves a part of the time to others when a real-time task never sleeps', () => {
    const scheduler = new Scheduler();
    const [plain, urgent] = [fakeTask(), fakeTask()];
    Object.assign(urgent.sched, { policy: SCHED_FIFO, priority: 50 });
    const [few, many] = run(scheduler, [plain, urgent], 4000);
    expect(few).toBeGreaterThanOrEqual(150);
    expect(many).toBeGreaterThan(3700);
  });

  it('puts a round-robin task behind its equals after its turn, a FIFO task never', () => {
    for (const [policy, isShared] of [
      [SCHED_RR, true],
      [SCHED_FIFO, false],
    ] as const) {
      const scheduler = new Scheduler();
      const [a, b] = [fakeTask(), fakeTask()];
      for (const task of [a, b]) Object.assign(task.sched, { policy, priority: 5 });
      for (const task of [a, b]) scheduler.enqueue(task);
      const ran = new Set<Task>();
      for (let i = 0; i < 400; i++) {
        const task = scheduler.pickNext()!;
        ran.add(task);
        scheduler.account(task, 1e6);
        scheduler.requeueCurrent(task);
      }
      expect(ran.has(b)).toBe(isShared);
    }
  });

  it('lets who yields be last', () => {
    const scheduler = new Scheduler();
    const [a, b] = [fakeTask(), fakeTask()];
    b.sched.vruntimeNs = 5e6;
    for (const task of [a, b]) scheduler.enqueue(task);
    const first = scheduler.pickNext()!;
    first.sched.isYielding = true;
    scheduler.requeueCurrent(first);
    expect([first, scheduler.pickNext()]).toEqual([a, b]);
  });

  it('queues a task once, and can take it out from anywhere', () => {
    const scheduler = new Scheduler();
    const tasks = Array.from({ length: 20 }, () => fakeTask());
    tasks.forEach((task, i) => {
      task.sched.vruntimeNs = (i * 7) % 20;
      scheduler.enqueue(task);
      scheduler.enqueue(task);
    });
    scheduler.remove(tasks[3]!);
    scheduler.remove(tasks[3]!);
    const order: number[] = [];
    for (let task = scheduler.pickNext(); task; task = scheduler.pickNext())
      order.push(task.sched.vruntimeNs);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order.length).toBe(19);
  });
});
