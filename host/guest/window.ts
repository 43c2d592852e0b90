/**
 * The memory of a nested machine: mappings of its own process that are contiguous in the outer guest's RAM, so that the
 * window of a kernel (host/machine.ts) and its board can lie in them. The outer guest accounts for them as for any
 * memory of the process, and has them back when it ends.
 */
import {
  MAP_ANONYMOUS,
  MAP_HUGETLB,
  MAP_PRIVATE,
  MAP_UNINITIALIZED,
  PROT_READ,
  PROT_WRITE,
} from '../../kernel/abi/mman.ts';
import { SYS_mmap, SYS_munmap } from '../../kernel/abi/syscall-numbers.ts';
import { registerMapping } from '../../userland/libc/memory.ts';
import { SysError, native, syscall, translate } from '../../userland/libc/native.ts';

/** Contiguous memory of this process. */
export interface Mapping {
  /** Guest address in this process. */
  readonly address: number;
  /** Byte offset in the whole memory (NativeThread.memory.buffer). */
  readonly offset: number;
  readonly length: number;
}

/** What huge pages are on x86: a mapping of them is made of whole ones. */
const HUGE_BYTES = 2 ** 21;

/** Maps so many bytes, rounded up to 2 MiB, all there and contiguous; undefined if they cannot be had. */
export function mapContiguous(bytes: number, content: 'zeros' | 'whatever'): Mapping | undefined {
  const length = Math.ceil(bytes / HUGE_BYTES) * HUGE_BYTES;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (content === 'whatever' ? MAP_UNINITIALIZED : 0);
  let address: number;
  try {
    address = syscall(SYS_mmap, 0, length, PROT_READ | PROT_WRITE, flags, -1, 0);
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
  const span = translate(address, length, 'write');
  if (span.length < length) {
    syscall(SYS_munmap, address, length);
    return undefined;
  }
  registerMapping(address, span.physical, length);
  return { address, offset: native().memory.byteOffset + span.physical, length };
}
