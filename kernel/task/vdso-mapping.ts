/** The vDSO in a process: one page, shared by all, always at the same address. Linux counterpart: map_vdso. */
import type { Kernel } from '../kernel.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import { MAP_PRIVATE } from '../abi/mman.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { PageCache } from '../mm/page-cache.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { placeFor } from '../mm/placement.ts';
import * as vm from '../mm/vma.ts';
import { buildVdso } from './vdso.ts';

/** A debugger may put breakpoints into its own copy. */
const FLAGS = vm.VM_READ | vm.VM_EXEC | vm.VM_MAYREAD | vm.VM_MAYWRITE | vm.VM_MAYEXEC | vm.VM_DONTEXPAND;

/** Maps the vDSO and returns its address. ENOMEM. */
export function mapVdso(kernel: Kernel, mm: AddressSpace): number {
  const cache = vdsoPages(kernel);
  const wish = mm.isRandomized ? kernel.memory.images.library(cache, PAGE_SIZE) : 0;
  const at = placeFor(mm, wish, PAGE_SIZE, MAP_PRIVATE);
  const backing = { cache, file: undefined, pageOffset: 0, hugeShift: 0 };
  mm.insert(new vm.Vma(mm, at, at + PAGE_SIZE, FLAGS, backing, '[vdso]'));
  return at;
}

/** Made at the first exec that needs it. */
function vdsoPages(kernel: Kernel): PageCache {
  const { tasks, memory } = kernel;
  if (tasks.vdso === undefined) {
    const cache = new PageCache(memory, { size: PAGE_SIZE });
    cache.write(IoBuffer.of(buildVdso()), 0);
    tasks.vdso = cache;
  }
  return tasks.vdso;
}
