/**
 * What the processor sees of memory: the pages of one address space (GuestPages), and frames for its own tables
 * (ProcessorMemory). Linux counterpart of the former: exc_page_fault, as far as it succeeds. Physical offsets count
 * from the beginning of the machine's memory, of which the guest's frames may be a part.
 */
import type { GuestPages, Processor, ProcessorMemory, ProcessorSpace } from '../../host/machine.ts';
import type { AddressSpace } from './address-space.ts';
import type { MemoryManager } from './memory-manager.ts';
import type { FrameNumber } from './physical-memory.ts';
import { ACCESS_EXECUTE, ACCESS_READ, ACCESS_WRITE } from '../abi/cpu-context.ts';
import { VM_EXEC } from './vma.ts';
import { PTE_READ, PTE_SHIFT, PTE_WRITE } from './page-table.ts';
import { FAULT_DONE } from './fault.ts';
import { PAGE_SIZE } from './physical-memory.ts';

/** The accesses of AddressSpace by the processor's ACCESS_*. */
export const accessNames = {
  [ACCESS_READ]: 'read',
  [ACCESS_WRITE]: 'write',
  [ACCESS_EXECUTE]: 'exec',
} as const;

/** Frames for the first tables of the processor: page maps of 8 MiB, which begin at a multiple of that, and more. */
const MAP_FRAMES = 2048;
const TABLE_FRAMES = MAP_FRAMES + 512;

/** The processor has found no memory for its tables. True: now there is some, since others were moved. */
export function makeRoomForTables(memory: MemoryManager): boolean {
  memory.endBorrowing(); // it has returned, and knows of no page
  return memory.makeRoom(TABLE_FRAMES, MAP_FRAMES);
}

/** The processor went on without some table that it had asked for: there will be room when it asks again. */
export function makeRoomForMissed(memory: MemoryManager): void {
  const frames = memory.missedFrames;
  memory.missedFrames = 0;
  memory.makeRoom(frames, frames);
}

class SpacePages implements GuestPages {
  readonly #space: AddressSpace;
  readonly #base: number;

  constructor(space: AddressSpace, base: number) {
    this.#space = space;
    this.#base = base;
  }

  translate(address: number, access: number): number {
    const space = this.#space;
    const need = access === ACCESS_WRITE ? PTE_WRITE : PTE_READ;
    let entry = space.table.entryAt(address);
    if ((entry & need) === 0) {
      // While this fault takes memory from others, its own pages stay: the instruction may have found one already.
      space.memory.borrow(space);
      if (space.tryFault(address, accessNames[access as 0 | 1 | 2]) !== FAULT_DONE) return 0;
      entry = space.table.entryAt(address);
    } else if (access === ACCESS_EXECUTE) {
      const vma = space.find(address);
      if (vma === undefined || (vma.flags & VM_EXEC) === 0) return 0;
    }
    return this.#base + (entry >>> PTE_SHIFT) * PAGE_SIZE + (address & (PAGE_SIZE - 1));
  }
}

/** The translations of an address space; made when its first task runs. */
export function processorSpace(processor: Processor, space: AddressSpace, base: number): ProcessorSpace {
  if (space.processorSpace === undefined) {
    const made = processor.createSpace(new SpacePages(space, base));
    space.processorSpace = made;
    space.invalidations.push(made);
  }
  return space.processorSpace;
}

/** Starts the machine's processor over the kernel's frames. */
export function startProcessor(
  processor: Processor,
  memory: MemoryManager,
  base: number,
  tsc: () => number,
): void {
  const frames: ProcessorMemory = {
    allocate(order) {
      const frame = memory.allocateBlock(order);
      if (frame === 0) {
        memory.missedFrames = 1 << order;
        return 0;
      }
      memory.processorPages += 1 << order;
      return base + frame * PAGE_SIZE;
    },
    free(at, order) {
      const first = (at - base) / PAGE_SIZE;
      memory.processorPages -= 1 << order;
      for (let i = 0; i < 1 << order; i++) memory.frames.put((first + i) as FrameNumber);
    },
  };
  processor.start(frames, tsc);
  const firstPage = base / PAGE_SIZE;
  memory.watchCode(processor.codePages.subarray(firstPage), frame =>
    processor.codeChanged(firstPage + frame),
  );
}
