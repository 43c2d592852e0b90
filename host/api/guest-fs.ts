/** guest.fs: the guest's files, as its root sees them, with the names and errors of node:fs/promises. */
import type { FsRequest, FsValue, GuestEntry, GuestStats, Reply } from '../control/protocol.ts';
import { GuestError } from './errors.ts';
import type { RemoteControl } from './link.ts';

/** Throws the failure of a reply as GuestError. */
export function unwrap<T>(reply: Reply<T>): T {
  if (reply.failure) throw new GuestError(reply.failure);
  return reply.value as T;
}

export class GuestFs {
  readonly #control: RemoteControl;
  readonly #alive: <T>(promise: Promise<T>) => Promise<T>;

  /** @internal `alive` makes a promise fail when the guest ends before it. */
  constructor(control: RemoteControl, alive: <T>(promise: Promise<T>) => Promise<T>) {
    this.#control = control;
    this.#alive = alive;
  }

  async #call(request: FsRequest): Promise<FsValue> {
    return unwrap(await this.#alive<Reply<FsValue>>(this.#control.fs(request)));
  }

  /** The bytes of a file, or its text if an encoding is given. */
  readFile(path: string): Promise<Uint8Array>;
  readFile(path: string, encoding: BufferEncoding): Promise<string>;
  async readFile(path: string, encoding?: BufferEncoding): Promise<Uint8Array | string> {
    const bytes = (await this.#call({ op: 'readFile', path })) as Uint8Array;
    return encoding === undefined
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding);
  }
  /** Creates or replaces a file. `mode` applies to a new one; default 0o644. */
  async writeFile(path: string, data: string | Uint8Array, options: { mode?: number } = {}): Promise<void> {
    await this.#write(path, data, options.mode ?? 0o644, false);
  }
  /** Appends to a file, creating it if it is not there. */
  async appendFile(path: string, data: string | Uint8Array, options: { mode?: number } = {}): Promise<void> {
    await this.#write(path, data, options.mode ?? 0o644, true);
  }
  async #write(path: string, data: string | Uint8Array, mode: number, isAppending: boolean): Promise<void> {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    await this.#call({ op: 'writeFile', path, data: bytes, mode, isAppending });
  }
  async mkdir(path: string, options: { recursive?: boolean; mode?: number } = {}): Promise<void> {
    await this.#call({
      op: 'mkdir',
      path,
      mode: options.mode ?? 0o755,
      isRecursive: options.recursive ?? false,
    });
  }
  /** Names in a directory, sorted. */
  async readdir(path: string): Promise<string[]> {
    return (await this.entries(path)).map(entry => entry.name).sort();
  }
  /** Names and types in a directory, in its own order. */
  async entries(path: string): Promise<readonly GuestEntry[]> {
    return (await this.#call({ op: 'readdir', path })) as readonly GuestEntry[];
  }
  async stat(path: string): Promise<GuestStats> {
    return (await this.#call({ op: 'stat', path })) as GuestStats;
  }
  async lstat(path: string): Promise<GuestStats> {
    return (await this.#call({ op: 'lstat', path })) as GuestStats;
  }
  /** Whether a path leads to something. */
  async exists(path: string): Promise<boolean> {
    const reply = await this.#alive<Reply<FsValue>>(this.#control.fs({ op: 'stat', path }));
    return reply.failure === undefined;
  }
  async unlink(path: string): Promise<void> {
    await this.#call({ op: 'unlink', path });
  }
  async rmdir(path: string): Promise<void> {
    await this.#call({ op: 'rmdir', path });
  }
  async rm(path: string, options: { recursive?: boolean; force?: boolean } = {}): Promise<void> {
    await this.#call({
      op: 'rm',
      path,
      isRecursive: options.recursive ?? false,
      isForced: options.force ?? false,
    });
  }
  async rename(from: string, to: string): Promise<void> {
    await this.#call({ op: 'rename', from, path: to });
  }
  async link(existing: string, path: string): Promise<void> {
    await this.#call({ op: 'link', from: existing, path });
  }
  async symlink(target: string, path: string): Promise<void> {
    await this.#call({ op: 'symlink', from: target, path });
  }
  async readlink(path: string): Promise<string> {
    return (await this.#call({ op: 'readlink', path })) as string;
  }
  async chmod(path: string, mode: number): Promise<void> {
    await this.#call({ op: 'chmod', path, mode });
  }
  async chown(path: string, uid: number, gid: number): Promise<void> {
    await this.#call({ op: 'chown', path, uid, gid });
  }
  async truncate(path: string, size = 0): Promise<void> {
    await this.#call({ op: 'truncate', path, size });
  }
}
