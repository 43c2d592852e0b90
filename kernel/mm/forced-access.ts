/**
 * Access to the memory of a traced process regardless of its protection: PTRACE_POKETEXT, /proc/PID/mem. Linux
 * counterpart: access_remote_vm with FOLL_FORCE. A debugger puts its breakpoints into code that the program cannot
 * write; the page becomes the program's own then, and stays as protected as it was. Shared mappings that cannot be
 * written stay so for everybody.
 */
import type { AddressSpace } from './address-space.ts';
import type { FrameNumber } from './physical-memory.ts';
import { EFAULT } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { ACCESS_WRITE, FAULT_DONE, forcePage, growStack, handleFault } from './fault.ts';
import { PTE_SHIFT, PTE_WRITE } from './page-table.ts';
import { PAGE_SIZE, pageOf } from './physical-memory.ts';
import { VM_WRITE } from './vma.ts';

/** A private copy of what is there, readable or not. EFAULT. */
export function forcedRead(space: AddressSpace, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  each(space, at, length, 'read', (physical, done, count) => {
    bytes.set(space.memory.physical.bytes.subarray(physical, physical + count), done);
  });
  return bytes;
}

/** Stores, whether the program could or not. EFAULT. */
export function forcedWrite(space: AddressSpace, at: number, bytes: Uint8Array): void {
  each(space, at, bytes.length, 'write', (physical, done, count) => {
    space.memory.physical.bytes.set(bytes.subarray(done, done + count), physical);
  });
}

function each(
  space: AddressSpace,
  at: number,
  length: number,
  access: 'read' | 'write',
  move: (physical: number, done: number, count: number) => void,
): void {
  for (let done = 0; done < length;) {
    const address = at + done;
    const frame = access === 'read' ? readable(space, address) : writable(space, address);
    const within = address % PAGE_SIZE;
    const count = Math.min(length - done, PAGE_SIZE - within);
    move(frame * PAGE_SIZE + within, done, count);
    done += count;
  }
}

function readable(space: AddressSpace, at: number): FrameNumber {
  const vma = space.find(at) ?? growStack(space, at);
  if (vma === undefined) return fail(EFAULT, 'nothing is mapped there');
  if (forcePage(space, vma, pageOf(at), 'read') !== FAULT_DONE) fail(EFAULT, 'page cannot be had');
  return frameAt(space, at);
}

function writable(space: AddressSpace, at: number): FrameNumber {
  const vma = space.find(at) ?? growStack(space, at);
  if (vma === undefined) return fail(EFAULT, 'nothing is mapped there');
  const page = pageOf(at);
  if ((vma.flags & VM_WRITE) !== 0) {
    if ((space.table.get(page) & PTE_WRITE) === 0 && handleFault(space, at, ACCESS_WRITE) !== FAULT_DONE) {
      fail(EFAULT, 'page cannot be written');
    }
  } else {
    if (vma.isShared) fail(EFAULT, 'shared mapping that cannot be written');
    if (forcePage(space, vma, page, 'write') !== FAULT_DONE) fail(EFAULT, 'page cannot be had');
  }
  const frame = frameAt(space, at);
  space.memory.codeWritten(frame);
  return frame;
}

function frameAt(space: AddressSpace, at: number): FrameNumber {
  return (space.table.entryAt(at) >>> PTE_SHIFT) as FrameNumber;
}
