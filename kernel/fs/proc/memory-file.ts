/** What /proc/PID/mem and /proc/PID/pagemap have in common. Linux counterparts: proc_mem_open, mem_lseek. */
import type { AddressSpace } from '../../mm/address-space.ts';
import type { OpenContext } from '../file.ts';
import { EINVAL } from '../../abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../../abi/fcntl.ts';
import { fail } from '../../errors.ts';
import { File } from '../file.ts';

/**
 * It is about the address space of when it was opened, also after an exec, but does not keep it alive: when its last task
 * has left it there is nothing to read.
 */
export abstract class MemoryFile extends File {
  readonly #mm: AddressSpace | undefined;

  constructor(context: OpenContext, mm: AddressSpace | undefined) {
    super(context.path, context.flags);
    this.#mm = mm;
  }

  /** Undefined: nothing is left of it. */
  protected get mm(): AddressSpace | undefined {
    return this.#mm === undefined || this.#mm.vmas.length === 0 ? undefined : this.#mm;
  }

  override get isSeekable(): boolean {
    return true;
  }
  override seek(offset: number, whence: number): number {
    if (whence === SEEK_SET) return offset;
    return whence === SEEK_CUR ? this.position + offset : fail(EINVAL, 'the memory of a process has no end');
  }
}
