/**
 * SharedSegment: a System V shared memory segment. Linux counterpart: struct shmid_kernel, ipc/shm.c. It is a page
 * cache that any number of VMAs map; that they come and go (attach, detach, fork, exec, exit) it hears as the cache's
 * store, and `nattch` is simply how many there are.
 */
import { SHM_DEST, SHM_LOCKED, SHM_NORESERVE } from '../abi/ipc.ts';
import { IPC_PRIVATE } from '../abi/ipc.ts';
import { PageCache, type PageStore } from '../mm/page-cache.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import type { Task } from '../task/task.ts';
import type { SystemVIpc } from './ipc.ts';
import { IpcObject } from './ipc-table.ts';

export class SharedSegment extends IpcObject implements PageStore {
  readonly ipc: SystemVIpc;
  readonly size: number;
  readonly cache: PageCache;
  atime = 0;
  dtime = 0;
  readonly cpid: number;
  lpid = 0;

  /** ENOMEM when that much cannot be promised. */
  constructor(ipc: SystemVIpc, task: Task, key: number, size: number, flags: number) {
    super(task, key, flags);
    this.ipc = ipc;
    this.size = size;
    this.cpid = task.group.tgid;
    const { memory } = task.kernel;
    if ((flags & SHM_NORESERVE) === 0) memory.charge(this.pages);
    this.cache = new PageCache(memory, this);
    if ((flags & SHM_NORESERVE) === 0) this.cache.chargedPages = this.pages;
    ipc.segmentPages += this.pages;
  }

  get pages(): number {
    return Math.ceil(this.size / PAGE_SIZE);
  }
  get nattch(): number {
    return this.cache.mappings.size;
  }
  get isLocked(): boolean {
    return (this.mode & SHM_LOCKED) !== 0;
  }

  /** PageStore: one VMA more. */
  mapped(): void {
    this.atime = this.ipc.kernel.time.now().sec;
    this.#noteUser();
  }

  /** PageStore: one VMA less. The last one takes a segment along that was removed. */
  unmapped(): void {
    this.dtime = this.ipc.kernel.time.now().sec;
    this.#noteUser();
    if (this.nattch === 0 && (this.mode & SHM_DEST) !== 0) this.#destroy();
  }

  /** IPC_RMID: gone when nobody has it attached any more; its key is free at once. */
  remove(): void {
    if (this.nattch === 0) return this.#destroy();
    this.mode |= SHM_DEST;
    this.key = IPC_PRIVATE;
  }

  #destroy(): void {
    this.ipc.segments.remove(this);
    this.ipc.segmentPages -= this.pages;
    this.cache.destroy();
  }

  #noteUser(): void {
    const task = this.ipc.kernel.scheduler.current;
    if (task !== undefined) this.lpid = task.group.tgid;
  }
}
