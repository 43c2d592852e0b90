/**
 * /proc/PID/pagemap: 64 bits for each page of a process; proc_pid_pagemap(5). Linux counterpart: pagemap_read in
 * fs/proc/task_mmu.c.
 */
import type { AddressSpace } from '../../mm/address-space.ts';
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { FrameNumber } from '../../mm/physical-memory.ts';
import type { Task } from '../../task/task.ts';
import type { File, OpenContext } from '../file.ts';
import { EINVAL } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { PTE_ANON, PTE_SHIFT, PTE_ZERO } from '../../mm/page-table.ts';
import { PAGE_SIZE } from '../../mm/physical-memory.ts';
import { CAP_SYS_ADMIN, isCapable } from '../../task/credentials.ts';
import { requireAccess } from './access.ts';
import { MemoryFile } from './memory-file.ts';

const ENTRY_BYTES = 8;
/** Of the upper word of an entry. The lower one, and 23 bits of this, are the frame's number. */
const MAPPED_ONCE = 1 << 24;
const OF_FILE = 1 << 29;
const PRESENT = 1 << 31;
/** Entries that one read gives at most. Linux: goes on, and can be interrupted. */
const MOST_ENTRIES = 1 << 17;

export function openPagemap(task: Task, context: OpenContext): File {
  requireAccess(task, context.task);
  return new PagemapFile(context, task.mm);
}

class PagemapFile extends MemoryFile {
  /** Where memory really lies is for those who may know everything of the machine. */
  readonly #showsFrames: boolean;

  constructor(context: OpenContext, mm: AddressSpace | undefined) {
    super(context, mm);
    this.#showsFrames = context.task !== undefined && isCapable(context.task.credentials, CAP_SYS_ADMIN);
  }

  override read(buffer: IoBuffer, offset: number): number {
    const { mm } = this;
    if (mm === undefined) return 0;
    if (offset % ENTRY_BYTES !== 0 || buffer.remaining % ENTRY_BYTES !== 0)
      fail(EINVAL, 'pagemap: no whole entries');
    const first = offset / ENTRY_BYTES;
    const end = Math.min(first + Math.min(buffer.remaining / ENTRY_BYTES, MOST_ENTRIES), mm.end / PAGE_SIZE);
    if (end <= first) return 0;
    const words = new Int32Array((end - first) * 2);
    const { table } = mm;
    for (let page = table.nextPresent(first, end); page < end; page = table.nextPresent(page + 1, end)) {
      const entry = table.get(page);
      const frame = (entry >>> PTE_SHIFT) as FrameNumber;
      const at = (page - first) * 2;
      if (this.#showsFrames) words[at] = frame;
      words[at + 1] = PRESENT | usersOf(mm, entry, frame);
    }
    return buffer.put(new Uint8Array(words.buffer));
  }
}

function usersOf(mm: AddressSpace, entry: number, frame: FrameNumber): number {
  if ((entry & PTE_ZERO) !== 0) return 0;
  const isAnonymous = (entry & PTE_ANON) !== 0;
  // The page cache holds one reference of its own.
  const isMappedOnce = mm.memory.frames.count(frame) === (isAnonymous ? 1 : 2);
  return (isAnonymous ? 0 : OF_FILE) | (isMappedOnce ? MAPPED_ONCE : 0);
}
