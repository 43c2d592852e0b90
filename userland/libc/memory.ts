/**
 * Guest memory of a native program. Everything that the kernel reads or writes for it lies here: an arena of pages
 * that are contiguous in the guest's RAM, so that a buffer is one Uint8Array view and the kernel copies straight into
 * it. The arena grows by mmap; big buffers get mappings of their own.
 */
import {
  MAP_ANONYMOUS,
  MAP_HUGETLB,
  MAP_HUGE_SHIFT,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../../kernel/abi/mman.ts';
import { SYS_mmap, SYS_munmap } from '../../kernel/abi/syscall-numbers.ts';
import { native, syscall, translate } from './native.ts';

/** A buffer in guest memory: what system calls take. `bytes` is a view of it, good until `free`. */
export interface Buffer {
  /** Guest address. */
  readonly address: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly length: number;
}

interface Region {
  readonly address: number;
  readonly physical: number;
  readonly length: number;
}

const MIN_REGION_SHIFT = 16;
const regions: Region[] = [];
let arena: Region | undefined;
let arenaUsed = 0;
/** Freed buffers by size, for reuse: programs allocate few sizes. */
const freeLists = new Map<number, Buffer[]>();

function mapRegion(length: number): Region {
  const shift = Math.max(MIN_REGION_SHIFT, Math.ceil(Math.log2(length)));
  const size = 2 ** shift;
  const address = syscall(
    SYS_mmap,
    0,
    size,
    PROT_READ | PROT_WRITE,
    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | (shift << MAP_HUGE_SHIFT),
    -1,
    0,
  );
  const { physical } = translate(address, size, 'write');
  const region = { address, physical, length: size };
  regions.push(region);
  return region;
}

function bufferIn(region: Region, offset: number, length: number): Buffer {
  const from = region.physical + offset;
  return { address: region.address + offset, bytes: native().memory.subarray(from, from + length), length };
}

/**
 * Makes a mapping of the program's own known, so that calls move its bytes without a copy. It must be contiguous in the
 * guest's RAM, as MAP_HUGETLB mappings are, and stay mapped; it is not for `free`.
 */
export function registerMapping(address: number, physical: number, length: number): void {
  regions.push({ address, physical, length });
}

/** A buffer of `length` bytes, zeroed only if it is fresh. Give it back with `free`. */
export function alloc(length: number): Buffer {
  const rounded = Math.max(16, Math.ceil(length / 16) * 16);
  const reused = freeLists.get(rounded)?.pop();
  if (reused)
    return reused.length === length ? reused : { ...reused, bytes: reused.bytes.subarray(0, length), length };
  if (rounded >= 32768) return bufferIn(mapRegion(rounded), 0, length);
  if (!arena || arenaUsed + rounded > arena.length) {
    arena = mapRegion(1 << MIN_REGION_SHIFT);
    arenaUsed = 0;
  }
  const buffer = bufferIn(arena, arenaUsed, length);
  arenaUsed += rounded;
  return buffer;
}

/** Gives a buffer back. Buffers of a mapping of their own are unmapped. */
export function free(buffer: Buffer): void {
  const rounded = Math.max(16, Math.ceil(buffer.length / 16) * 16);
  if (rounded >= 32768) {
    const i = regions.findIndex(region => region.address === buffer.address);
    const [region] = regions.splice(i, 1);
    syscall(SYS_munmap, region!.address, region!.length);
    return;
  }
  const list = freeLists.get(rounded);
  const bytes = native().memory.subarray(buffer.bytes.byteOffset - native().memory.byteOffset);
  const whole = { address: buffer.address, bytes: bytes.subarray(0, rounded), length: rounded };
  if (list) list.push(whole);
  else freeLists.set(rounded, [whole]);
}

/** The guest address of bytes that lie in one of this program's buffers; undefined for ordinary JavaScript bytes. */
export function addressOf(bytes: Uint8Array): number | undefined {
  const { memory } = native();
  if (bytes.buffer !== memory.buffer) return undefined;
  const physical = bytes.byteOffset - memory.byteOffset;
  for (const region of regions) {
    if (physical >= region.physical && physical < region.physical + region.length) {
      return region.address + physical - region.physical;
    }
  }
  return undefined;
}

/** Runs `use` with a temporary buffer. */
export function withBuffer<T>(length: number, use: (buffer: Buffer) => T): T {
  const buffer = alloc(length);
  try {
    return use(buffer);
  } finally {
    free(buffer);
  }
}

/** Runs `use` with a byte string as a NUL-terminated C string in guest memory. */
export function withString<T>(text: string, use: (address: number) => T): T {
  const buffer = alloc(text.length + 1);
  native().encode(text, buffer.bytes, 0);
  buffer.bytes[text.length] = 0;
  try {
    return use(buffer.address);
  } finally {
    free(buffer);
  }
}

/** Runs `use` with a copy of some bytes in guest memory. */
export function withBytes<T>(bytes: Uint8Array, use: (address: number) => T): T {
  const known = addressOf(bytes);
  if (known !== undefined) return use(known);
  const buffer = alloc(Math.max(1, bytes.length));
  buffer.bytes.set(bytes);
  try {
    return use(buffer.address);
  } finally {
    free(buffer);
  }
}

/** Reads guest memory of this program that no buffer stands for (the initial stack). Page by page. */
export function peek(address: number, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const span = translate(address + done, length - done, 'read');
    const n = Math.min(span.length, length - done);
    out.set(native().memory.subarray(span.physical, span.physical + n), done);
    done += n;
  }
  return out;
}
