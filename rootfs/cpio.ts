/**
 * Writes newc cpio archives: the format of Linux's initramfs (Documentation/driver-api/early-userspace/buffer-format).
 * Hard links are entries with the same inode number; the content goes with the first of them.
 */

export interface CpioEntry {
  /** Path without leading slash. */
  readonly name: string;
  /** Type and permission bits. */
  readonly mode: number;
  readonly ino: number;
  readonly nlink: number;
  readonly content: Uint8Array;
}

const encoder = new TextEncoder();

function header(fields: readonly number[]): string {
  return `070701${fields.map(value => value.toString(16).toUpperCase().padStart(8, '0')).join('')}`;
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4);
}

function entryBytes(entry: CpioEntry): Uint8Array[] {
  const name = encoder.encode(`${entry.name}\0`);
  // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
  const fields = [
    entry.ino,
    entry.mode,
    0,
    0,
    entry.nlink,
    0,
    entry.content.length,
    0,
    0,
    0,
    0,
    name.length,
    0,
  ];
  const head = encoder.encode(header(fields));
  return [head, name, padding(head.length + name.length), entry.content, padding(entry.content.length)];
}

/** The archive of some entries, parents before children. */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const trailer = { name: 'TRAILER!!!', mode: 0, ino: 0, nlink: 1, content: new Uint8Array(0) };
  const parts = [...entries, trailer].flatMap(entryBytes);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
