/** Reading directories: dirent.h. */
import { Dirent64 } from '../../kernel/abi/dirent.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../../kernel/abi/fcntl.ts';
import { SYS_getdents64 } from '../../kernel/abi/syscall-numbers.ts';
import { readU64, viewOf } from '../../kernel/abi/layout.ts';
import { withBuffer } from './memory.ts';
import { native, syscall } from './native.ts';
import { close, open } from './unistd.ts';

export * from '../../kernel/abi/dirent.ts';

export interface Entry {
  readonly name: string;
  readonly ino: number;
  /** DT_* */
  readonly type: number;
}

const BYTES = 32768 - 16;

/** All entries of a directory (path or open descriptor) without «.» and «..», in the directory's order. */
export function readdir(directory: string | number): Entry[] {
  if (typeof directory === 'number') return readFrom(directory);
  const fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  try {
    return readFrom(fd);
  } finally {
    close(fd);
  }
}

function readFrom(fd: number): Entry[] {
  const entries: Entry[] = [];
  withBuffer(BYTES, buffer => {
    for (;;) {
      const count = syscall(SYS_getdents64, fd, buffer.address, BYTES);
      if (count === 0) return;
      const view = viewOf(buffer.bytes);
      for (let at = 0; at < count;) {
        const start = at + Dirent64.size;
        const name = native().decode(buffer.bytes, start, buffer.bytes.indexOf(0, start));
        if (name !== '.' && name !== '..') {
          entries.push({ name, ino: readU64(view, at), type: view.getUint8(at + 18) });
        }
        at += view.getUint16(at + 16, true);
      }
    }
  });
  return entries;
}
