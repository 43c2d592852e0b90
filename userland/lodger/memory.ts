/** How much memory a nested guest gets, and where: contiguous memory of this process (host/guest/window.ts). */
import { type Mapping, mapContiguous } from '../../host/guest/window.ts';
import { BOARD_MAPPING_BYTES } from '../../host/guest/program-threads.ts';
import { readText } from '../libc/stdio.ts';
import { close, open } from '../libc/unistd.ts';

const MIN_BYTES = 16 * 2 ** 20;
const USUAL_BYTES = 256 * 2 ** 20;
const USUAL_BYTES_WITH_ROOT = 2 ** 30;
/** What a guest takes if it was not told: this part of what is free at most, since others are to live too. */
const SHARE = 0.7;

export class MemoryError extends Error {}

export interface GuestMemory {
  readonly window: Mapping;
  readonly board: Mapping;
}

/** Maps a window of `bytes`, or of what is reasonable. MemoryError. */
export function mapGuestMemory(bytes: number | undefined, hasRoot: boolean): GuestMemory {
  const board = mapContiguous(BOARD_MAPPING_BYTES, 'zeros');
  const free = freeBytes();
  const window = bytes === undefined ? mapReasonable(free, hasRoot) : mapContiguous(bytes, 'whatever');
  if (board === undefined || window === undefined) {
    const wanted = megabytes(bytes ?? MIN_BYTES);
    throw new MemoryError(
      `not enough memory: ${wanted} in one piece cannot be had, ${megabytes(free)} are free; give less with --memory, or give this guest more`,
    );
  }
  return { window, board };
}

/** As much as is reasonable; less and less while it cannot be had in one piece. */
function mapReasonable(free: number, hasRoot: boolean): Mapping | undefined {
  const most = hasRoot ? USUAL_BYTES_WITH_ROOT : USUAL_BYTES;
  for (let bytes = Math.min(most, free * SHARE); bytes >= MIN_BYTES; bytes *= 0.75) {
    const window = mapContiguous(Math.floor(bytes / 65536) * 65536, 'whatever');
    if (window !== undefined) return window;
  }
  return mapContiguous(MIN_BYTES, 'whatever');
}

function freeBytes(): number {
  const fd = open('/proc/meminfo', 0);
  const kibibytes = /^MemAvailable: *([0-9]+) kB$/m.exec(readText(fd))?.[1];
  close(fd);
  return Number(kibibytes ?? 0) * 1024;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 2 ** 20)}M`;
}
