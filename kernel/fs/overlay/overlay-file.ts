/**
 * OverlayFile: an open regular file of an overlay. It stands before a file of the layer that has the content. One that
 * was opened for reading before the file was copied up goes on with the copy, except for its mappings, which keep
 * showing the lower file, as on Linux.
 *
 * Mappings use the page cache of the real file, so that all overlays and mounts of a lower file share its pages.
 */
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { PageCache } from '../../mm/page-cache.ts';
import { ROOT } from '../../task/credentials.ts';
import { File, type OpenContext } from '../file.ts';
import type { Path } from '../path.ts';
import type { OverlayInode } from './overlay-inode.ts';

export class OverlayFile extends File {
  readonly #node: OverlayInode;
  #real: File;
  /** The lower file, while mappings of it may be there. */
  #before: File | undefined;

  constructor(context: OpenContext, node: OverlayInode) {
    const real = openReal(node, context.flags);
    super(context.path, context.flags);
    this.#node = node;
    this.#real = real;
  }

  override get inode(): OverlayInode {
    return this.#node;
  }
  override get isSeekable(): boolean {
    return true;
  }
  override readLimit(offset: number): number {
    return this.#current.readLimit(offset);
  }

  override read(buffer: IoBuffer, offset: number): number {
    return this.#current.read(buffer, offset);
  }
  override write(buffer: IoBuffer, offset: number): number {
    try {
      return this.#current.write(buffer, offset);
    } finally {
      this.#node.changed();
    }
  }
  override seek(offset: number, whence: number): number {
    const real = this.#current;
    real.position = this.position;
    return real.seek(offset, whence);
  }
  override allocate(mode: number, offset: number, length: number): void {
    try {
      this.#current.allocate(mode, offset, length);
    } finally {
      this.#node.changed();
    }
  }
  override mappable(): PageCache {
    return this.#current.mappable();
  }
  override fsync(how: 'data' | 'all'): void {
    this.#current.fsync(how);
  }

  override release(): void {
    const { vfs } = this.#node.superBlock.kernel;
    vfs.put(this.#real);
    if (this.#before !== undefined) vfs.put(this.#before);
  }

  /** The real file, which is another one after a copy-up. */
  get #current(): File {
    const { upper } = this.#node;
    if (upper === undefined || this.#real.inode === upper.inode) return this.#real;
    const real = openReal(this.#node, this.flags);
    this.#before = this.#real;
    this.#real = real;
    return real;
  }
}

function openReal(node: OverlayInode, flags: number): File {
  const { kernel } = node.superBlock;
  const { top, upper } = node;
  const path: Path =
    upper === undefined
      ? node.lowers[0]!.layer.pathOf(top, node.name)
      : { mount: node.superBlock.upper!.layer.path.mount, dentry: upper };
  return top.open({ kernel, task: undefined, path, flags, credentials: ROOT });
}
