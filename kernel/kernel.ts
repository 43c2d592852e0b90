/**
 * Kernel: one guest system. It owns every part, and the loop in which everything happens. There is no mutable state
 * outside of it, so any number of kernels run in one process, and a kernel runs in a kernel.
 *
 * The loop: take interrupts, let due timers expire, serve the task that the scheduler picks, sleep when there is
 * nothing to do. It is synchronous; it returns when the control channel wants the event loop, and goes on when it is
 * called again.
 */
import type { Machine, Processor } from '../host/machine.ts';
import { LINE_CONTROL, LINE_POOL, LINE_PORT, LINE_POWER, LINE_TRAP } from '../host/machine.ts';
import type { Task } from './task/task.ts';
import { DeviceTable } from './device/device-table.ts';
import { KernelLog } from './log.ts';
import { BufferBudget } from './mm/buffer-budget.ts';
import { startProcessor } from './mm/guest-pages.ts';
import { MemoryManager } from './mm/memory-manager.ts';
import { installOomKiller } from './mm/oom.ts';
import { PAGE_SIZE, PhysicalMemory } from './mm/physical-memory.ts';
import { NativeContexts } from './task/native.ts';
import type { UringFile } from './io-uring/uring-file.ts';
import { PosixQueues } from './ipc/posix-queues.ts';
import { SystemVIpc } from './ipc/ipc.ts';
import { InetSockets } from './net/inet/inet.ts';
import { NetlinkSockets } from './net/netlink.ts';
import { UnixSockets } from './net/unix.ts';
import type { KernelParams } from './params.ts';
import { parseParams } from './params.ts';
import { systemCalls } from './syscall/all.ts';
import { formatCall } from './syscall/strace.ts';
import { Identities } from './syscall/kcmp.ts';
import { resumeTask } from './syscall/invoke.ts';
import { Slice, chargeCurrent } from './task/accounting.ts';
import { RegisterFile } from './task/registers.ts';
import { runProgram } from './task/program.ts';
import { Futexes } from './task/futexes.ts';
import { Scheduler } from './task/scheduler.ts';
import { TaskTable } from './task/task-table.ts';
import { TimeKeeper } from './time/time-keeper.ts';
import { TimerQueue } from './time/timer-queue.ts';
import { CallRings } from './trace/call-ring.ts';
import { TtyLayer } from './tty/tty-layer.ts';
import { Vfs } from './fs/vfs.ts';

/** Bytes that pipes and sockets may use however small the guest is. */
const MIN_BUFFERS = 16 << 20;

export class Kernel {
  readonly machine: Machine;
  readonly params: KernelParams;
  readonly log: KernelLog;
  readonly time: TimeKeeper;
  readonly timers = new TimerQueue();
  readonly physical: PhysicalMemory;
  readonly memory: MemoryManager;
  /** Host memory that pipes and sockets use for their bytes: at most a quarter of the guest's. */
  readonly buffers: BufferBudget;
  readonly scheduler = new Scheduler();
  readonly slice = new Slice();
  readonly devices: DeviceTable;
  readonly vfs: Vfs;
  readonly tasks: TaskTable;
  readonly futexes: Futexes;
  readonly natives: NativeContexts;
  /** Runs translated programs; absent: there are none. */
  readonly processor: Processor | undefined;
  /** The registers of translated tasks. */
  readonly registers: RegisterFile;
  readonly ttys: TtyLayer;
  readonly unix: UnixSockets;
  readonly inet: InetSockets;
  /** io_urings that are open; kept by UringFile. */
  readonly urings = new Set<UringFile>();
  /** Their requests that are not done. */
  uringRequests = 0;
  readonly posixQueues = new PosixQueues(this);
  readonly identities = new Identities();
  readonly netlink: NetlinkSockets;
  readonly ipc: SystemVIpc;
  readonly table = systemCalls;
  /** The last calls of each session; absent unless the parameter trace_calls asks for them. */
  readonly callRings: CallRings | undefined;
  /** Numbers of calls that were asked for and are not there; each is logged once. */
  readonly reportedMissing = new Set<number>();
  hostname: string;
  domainname = '(none)';
  /** /proc/sys/kernel/core_pattern: the name of core files. */
  corePattern = 'core';
  /** Advances before each piece of work: what was read from the host is fresh while it stays the same. */
  callCount = 0;
  /** Values of /proc/sys entries that were set and rule nothing here, by path. */
  readonly sysctls = new Map<string, number>();
  /** Told when a task of interest ends; installed by control. Wait status as wait(2) gives it. */
  onExit: ((pid: number, status: number) => void) | undefined;
  /** Told when the embedder asks for an orderly power-off. */
  onPower: (() => void) | undefined;
  /** Ports that are no terminals: each wakes its file. Owned by device/port-file.ts. */
  readonly portFiles = new Map<number, { portChanged(): void }>();
  #isHalted = false;

  constructor(machine: Machine, commandLine: string) {
    this.machine = machine;
    this.time = new TimeKeeper(machine.clock);
    this.log = new KernelLog(
      () => machine.clock.monotonicNs(),
      line => machine.log(line),
    );
    this.params = parseParams(commandLine, message => this.log.warning(message));
    const { tracedCalls } = this.params;
    this.callRings = tracedCalls > 0 ? new CallRings(this, tracedCalls) : undefined;
    this.hostname = this.params.hostname;
    this.physical = new PhysicalMemory(machine.memory);
    this.buffers = new BufferBudget(Math.max(MIN_BUFFERS, machine.memory.length >>> 2));
    this.memory = new MemoryManager(this.physical, PAGE_SIZE, this);
    this.registers = new RegisterFile(machine.memory.buffer, machine.memory.offset, this.memory);
    this.processor = machine.processor;
    if (machine.processor !== undefined) {
      startProcessor(machine.processor, this.memory, machine.memory.offset, () =>
        machine.clock.monotonicNs(),
      );
    }
    this.devices = new DeviceTable(this);
    this.vfs = new Vfs(this);
    this.tasks = new TaskTable(this);
    this.futexes = new Futexes(this);
    this.natives = new NativeContexts(this);
    this.ttys = new TtyLayer(this);
    this.unix = new UnixSockets(this);
    this.inet = new InetSockets(this);
    this.netlink = new NetlinkSockets(this);
    this.ipc = new SystemVIpc(this);
    installOomKiller(this);
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Runs the guest until the control line is raised or the machine halts. */
  run(): 'control' | 'halted' {
    const { machine, scheduler, timers, natives } = this;
    while (!this.#isHalted) {
      this.callCount++;
      const lines = machine.interrupts.take();
      if (lines !== 0) {
        if ((lines & LINE_TRAP) !== 0) natives.collect(this.time.monotonicNs());
        if ((lines & LINE_POOL) !== 0) this.#guard(undefined, () => natives.poolChanged());
        if ((lines & LINE_PORT) !== 0) this.#guard(undefined, () => this.#portsChanged());
        if ((lines & LINE_POWER) !== 0) this.#guard(undefined, () => this.onPower?.());
        if ((lines & LINE_CONTROL) !== 0) return 'control';
      }
      const nowNs = this.time.monotonicNs();
      if (timers.nextDeadlineNs <= nowNs) this.#guard(undefined, () => timers.advance(nowNs));
      if (natives.nextDeadlineNs <= nowNs) natives.expireGrace(nowNs);
      const task = scheduler.pickNext();
      if (task) {
        this.#serve(task, nowNs);
        continue;
      }
      machine.interrupts.wait(Math.min(timers.nextDeadlineNs, natives.nextDeadlineNs), nowNs);
    }
    return 'halted';
  }

  /** Stops the machine: reboot(2), or the last task is gone. */
  halt(kind: 'poweroff' | 'restart' | 'halt'): void {
    this.#isHalted = true;
    this.machine.halt({ kind });
  }

  /** A bug in the kernel, or a state from which it cannot go on. */
  panic(error: unknown, task: Task | undefined): void {
    this.#isHalted = true;
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    let where = 'outside of any task';
    if (task) {
      where = `task ${task.tid} (${task.comm})`;
      try {
        where += `, in ${task.call.trace ?? formatCall(task)})`;
      } catch {
        where += `, in call ${task.call.number}`;
      }
    }
    this.log.write(0, `Kernel panic: ${message}, ${where}`);
    for (const line of stack.split('\n').slice(1)) this.log.write(0, line);
    this.machine.halt({ kind: 'panic', message: `${message}, ${where}`, stack });
  }

  /** Does what a task waits for, and charges it for the time. */
  #serve(task: Task, nowNs: number): void {
    const { scheduler, slice } = this;
    scheduler.current = task;
    slice.begin(nowNs);
    try {
      resumeTask(task);
      if (task.work === 'run') runProgram(task);
      chargeCurrent(task);
      if (task.work === 'run') scheduler.requeueCurrent(task);
    } catch (error) {
      this.panic(error, task);
    } finally {
      scheduler.current = undefined;
    }
  }

  #guard(task: Task | undefined, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.panic(error, task);
    }
  }

  #portsChanged(): void {
    for (const number of this.machine.takePorts()) {
      this.ttys.portChanged(number);
      this.portFiles.get(number)?.portChanged();
    }
  }
}
