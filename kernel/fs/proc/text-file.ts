/**
 * TextFile: an open file of a declarative tree. Its text is made anew when it is read from offset 0, and kept for
 * reads at later offsets, so that a program that reads in pieces sees one state. Linux counterpart: seq_file,
 * single_open.
 */
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { Task } from '../../task/task.ts';
import type { Path } from '../path.ts';
import type { FileNode } from './tree.ts';
import { toBytes, fromBytes } from '../../abi/byte-string.ts';
import { EINVAL, EIO, ESRCH } from '../../abi/errno.ts';
import { SEEK_CUR, SEEK_SET } from '../../abi/fcntl.ts';
import { fail } from '../../errors.ts';
import { File } from '../file.ts';
import type { TreeInode } from './tree-inode.ts';

/** Linux: more than this in one write is E2BIG for some files and cut for others; here it is cut. */
const MAX_WRITE = 65536;

export class TextFile extends File {
  // The subject's type is known to the table that made the node.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly #node: FileNode<any>;
  readonly #subject: object;
  #text: Uint8Array | undefined;

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  constructor(path: Path, flags: number, node: FileNode<any>, subject: object) {
    super(path, flags);
    this.#node = node;
    this.#subject = subject;
  }

  override get isSeekable(): boolean {
    return true;
  }

  override read(buffer: IoBuffer, offset: number): number {
    if (this.#node.read === undefined) fail(EINVAL, 'file has nothing to read');
    if (offset === 0 || this.#text === undefined) {
      this.#requireSubject();
      this.#text = toBytes(this.#node.read(this.#subject, this.#reader));
    }
    return offset >= this.#text.length ? 0 : buffer.put(this.#text.subarray(offset));
  }

  override write(buffer: IoBuffer, _offset: number): number {
    if (this.#node.write === undefined) fail(EIO, 'file takes nothing');
    this.#requireSubject();
    const bytes = new Uint8Array(Math.min(buffer.remaining, MAX_WRITE));
    const count = buffer.take(bytes);
    this.#node.write(this.#subject, fromBytes(bytes.subarray(0, count)), this.#reader);
    return count;
  }

  /** seq_lseek knows no end. */
  override seek(offset: number, whence: number): number {
    const target = whence === SEEK_SET ? offset : whence === SEEK_CUR ? this.position + offset : -1;
    if (target < 0 || !Number.isSafeInteger(target)) fail(EINVAL, 'no such position in a generated file');
    return target;
  }

  get #reader(): Task | undefined {
    return (this.inode as TreeInode).reader;
  }

  #requireSubject(): void {
    if ((this.inode as TreeInode).superBlock.isGone(this.#subject)) fail(ESRCH, 'process is gone');
  }
}
