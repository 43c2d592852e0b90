/**
 * The System V objects of one kernel, `kernel.ipc`: sysvipc(7). Linux counterpart: struct ipc_namespace.
 */
import * as abi from '../abi/ipc.ts';
import type { Kernel } from '../kernel.ts';
import { IpcTable } from './ipc-table.ts';
import type { MessageQueue } from './message-queue.ts';
import type { SemaphoreSet } from './semaphores.ts';
import type { SharedSegment } from './shared-memory.ts';

export class SystemVIpc {
  readonly kernel: Kernel;
  readonly segments = new IpcTable<SharedSegment>();
  readonly semaphores = new IpcTable<SemaphoreSet>();
  readonly queues = new IpcTable<MessageQueue>();

  // Sysctls of /proc/sys/kernel.
  shmmax = abi.SHM_UNLIMITED;
  shmall = abi.SHM_UNLIMITED;
  shmmni = abi.SHMMNI;
  /** kernel.sem: SEMMSL, SEMMNS, SEMOPM, SEMMNI. */
  sem: [number, number, number, number] = [abi.SEMMSL, abi.SEMMNS, abi.SEMOPM, abi.SEMMNI];
  msgmax = abi.MSGMAX;
  msgmnb = abi.MSGMNB;
  msgmni = abi.MSGMNI;

  /** Pages of all segments. */
  segmentPages = 0;
  /** Semaphores of all sets. */
  semaphoreCount = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }
}
