/** tar -d: how members differ from the files. */
import { O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { type FileStatus, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, lstat, tryStat } from '../../libc/stat.ts'; // prettier-ignore
import { alloc } from '../../libc/memory.ts';
import { close, open, readFull, readlink } from '../../libc/unistd.ts';
import { type Entry, TYPE } from './entry.ts';
import { withoutTrailingSlashes } from './names.ts';
import { quote } from './quote.ts';
import type { ArchiveReader } from './reader.ts';
import { callFailed, changed, noteDifference } from './report.ts';

const FORMATS: Readonly<Record<string, number>> = {
  [TYPE.directory]: S_IFDIR,
  [TYPE.symlink]: S_IFLNK,
  [TYPE.character]: S_IFCHR,
  [TYPE.block]: S_IFBLK,
  [TYPE.fifo]: S_IFIFO,
};

const PIECE = 64 * 1024;

export class Comparer {
  readonly #reader: ArchiveReader;
  readonly #say: (line: string) => void;
  readonly #buffer = alloc(PIECE).bytes;

  constructor(reader: ArchiveReader, say: (line: string) => void) {
    this.#reader = reader;
    this.#say = say;
  }

  #differs(name: string, what: string): void {
    this.#say(`${quote(name)}: ${what}`);
    noteDifference();
  }

  compare(entry: Entry, name: string, linkName: string): void {
    const path = withoutTrailingSlashes(name);
    let status: FileStatus;
    try {
      status = lstat(path);
    } catch (thrown) {
      if (!(thrown instanceof SysError)) throw thrown;
      return changed(`${quote(path)}: Warning: Cannot stat: ${thrown.message}`);
    }
    if (entry.type === TYPE.hardLink) {
      const other = tryStat(linkName);
      if (!other || other.ino !== status.ino || other.dev !== status.dev) {
        this.#differs(path, `Not linked to ${quote(linkName)}`);
      }
      return;
    }
    if ((status.mode & S_IFMT) !== (FORMATS[entry.type] ?? S_IFREG))
      return this.#differs(path, 'File type differs');
    if (entry.type === TYPE.symlink) {
      if (readlink(path) !== linkName) this.#differs(path, 'Symlink differs');
      return;
    }
    if ((status.mode & 0o7777) !== entry.mode) this.#differs(path, 'Mode differs');
    if (status.uid !== entry.uid) this.#differs(path, 'Uid differs');
    if (status.gid !== entry.gid) this.#differs(path, 'Gid differs');
    if ((status.mode & S_IFMT) !== S_IFREG) return;
    if (status.mtime.sec !== entry.mtime.sec) this.#differs(path, 'Mod time differs');
    if (status.size !== entry.size) return this.#differs(path, 'Size differs');
    if (!entry.extents) this.#content(path);
  }

  #content(path: string): void {
    let fd: number;
    try {
      fd = open(path, O_RDONLY);
    } catch (thrown) {
      return callFailed(quote(path), 'open', thrown);
    }
    try {
      while (this.#reader.left > 0) {
        const bytes = this.#reader.take(PIECE);
        const found = this.#buffer.subarray(0, bytes.length);
        const isSame = readFull(fd, found) === bytes.length && found.every((byte, i) => byte === bytes[i]);
        if (!isSame) return this.#differs(path, 'Contents differ');
      }
    } finally {
      close(fd);
    }
  }
}
