/**
 * Files that all guests of this process need, such as the initramfs: read once, and in memory once, however many guests
 * there are. They stay as long as a guest has them.
 */
import { readFileSync, statSync } from 'node:fs';

interface Known {
  readonly mtimeMs: number;
  readonly size: number;
  readonly bytes: WeakRef<SharedArrayBuffer>;
}

const files = new Map<string, Known>();

/** The content of a file, or what `make` makes of it (always the same). Nobody writes to it. */
export function sharedFile(path: string, make = (content: Buffer): Buffer => content): SharedArrayBuffer {
  const { mtimeMs, size } = statSync(path);
  const known = files.get(path);
  const bytes = known?.bytes.deref();
  if (bytes !== undefined && known!.mtimeMs === mtimeMs && known!.size === size) return bytes;
  const content = make(readFileSync(path));
  const shared = new SharedArrayBuffer(content.length);
  new Uint8Array(shared).set(content);
  files.set(path, { mtimeMs, size, bytes: new WeakRef(shared) });
  return shared;
}

/** The same, undefined if there is no such file. */
export function sharedFileIfAny(path: string): SharedArrayBuffer | undefined {
  try {
    return sharedFile(path);
  } catch {
    return undefined;
  }
}
