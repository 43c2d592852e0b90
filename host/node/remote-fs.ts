/**
 * RemoteFs: the file system of an object that lives in the embedder's thread, such as a memfs Volume, for the kernel
 * thread. It has Node's synchronous fs API as far as hostfs uses it: each call is a message to the FsServer there,
 * and sleeps until the answer has come. The guest waits while the embedder's event loop is busy.
 */
import type { HostFs } from '../machine.ts';
import {
  type EntryMessage,
  type EntryType,
  type FsAnswer,
  type FsChannel,
  type FsCall,
  STAT_FIELDS,
  type StatField,
  TRANSFER_BYTES,
} from './remote-fs-protocol.ts';
import { Caller } from './sleeping-call.ts';

type Path = string | Uint8Array;
type Stats = Record<StatField, bigint | number>;

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

/** The methods that take plain values and give nothing. */
const COMMANDS = [
  'closeSync',
  'symlinkSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'rmdirSync',
  'renameSync',
  'ftruncateSync',
  'truncateSync',
  'fsyncSync',
  'fdatasyncSync',
  'futimesSync',
  'utimesSync',
  'lutimesSync',
  'chmodSync',
  'fchmodSync',
  'chownSync',
  'fchownSync',
  'lchownSync',
] as const;

/** Methods that give a value of which nothing has to be made. */
const QUESTIONS = ['openSync', 'readlinkSync', 'realpathSync', 'statfsSync'] as const;

/** The file system at the other end of a channel. */
export function openRemoteFs(channel: FsChannel): HostFs {
  const remote = new RemoteFs(channel);
  const fs: Record<string, unknown> = {
    constants: channel.openFlags,
    readSync: remote.readSync.bind(remote),
    writeSync: remote.writeSync.bind(remote),
    readdirSync: remote.readdirSync.bind(remote),
  };
  for (const method of ['statSync', 'lstatSync', 'fstatSync'])
    fs[method] = (file: Path | number, options?: StatOptions) => remote.stat(method, file, options);
  for (const method of [...COMMANDS, ...QUESTIONS])
    fs[method] = (...args: unknown[]) => remote.call(method, args);
  return fs as unknown as HostFs;
}

class RemoteFs {
  readonly #server: Caller;
  readonly #bytes: Uint8Array;

  constructor(channel: FsChannel) {
    this.#server = new Caller(channel);
    this.#bytes = new Uint8Array(channel.bytes);
  }

  /** Performs a call in the other thread. Throws as Node does: an error with a `code`. */
  call(method: string, args: readonly unknown[]): unknown {
    this.#server.call({ method, args } satisfies FsCall);
    const answer = this.#server.receive() as FsAnswer | undefined;
    if (this.#server.isClosed || answer === undefined) throw failure('EIO', 'the volume is closed');
    if ('code' in answer) throw failure(answer.code, answer.message);
    return answer.value;
  }

  stat(method: string, file: Path | number, options: StatOptions = {}): Stats | undefined {
    const values = this.call(method, [file]) as bigint[] | undefined;
    if (values === undefined) {
      if (options.throwIfNoEntry === false) return undefined;
      throw failure('ENOENT', 'no such file or directory');
    }
    const isBig = options.bigint === true;
    return Object.fromEntries(
      STAT_FIELDS.map((name, i) => [name, isBig ? values[i]! : Number(values[i])]),
    ) as Stats;
  }

  readSync(file: number, into: Uint8Array, offset: number, length: number, position: number): number {
    return this.#transfer(length, (at, count) => {
      const got = this.call('readSync', [file, count, position + at]) as number;
      into.set(this.#bytes.subarray(0, got), offset + at);
      return got;
    });
  }

  writeSync(file: number, from: Uint8Array, offset: number, length: number, position: number): number {
    return this.#transfer(length, (at, count) => {
      this.#bytes.set(from.subarray(offset + at, offset + at + count));
      return this.call('writeSync', [file, count, position + at]) as number;
    });
  }

  readdirSync(path: Path, options: { withFileTypes?: boolean; encoding?: string } = {}): unknown[] {
    const entries = this.call('readdirSync', [path, options.encoding ?? 'utf8']) as EntryMessage[];
    if (options.withFileTypes) return entries.map(([name, type]) => new RemoteEntry(name, type));
    return entries.map(([name]) => name);
  }

  /** Moves `length` bytes in pieces; a short piece ends it, and so does an error after the first piece. */
  #transfer(length: number, move: (at: number, count: number) => number): number {
    let done = 0;
    do {
      const wanted = Math.min(length - done, TRANSFER_BYTES);
      let count: number;
      try {
        count = move(done, wanted);
      } catch (error) {
        if (done === 0) throw error;
        break;
      }
      done += count;
      if (count < wanted) break;
    } while (done < length);
    return done;
  }
}

/** As much of Node's Dirent as hostfs asks for. */
class RemoteEntry {
  readonly name: string | Uint8Array;
  readonly #type: EntryType;

  constructor(name: string | Uint8Array, type: EntryType) {
    this.name = name;
    this.#type = type;
  }
  isFile(): boolean {
    return this.#type === 'file';
  }
  isDirectory(): boolean {
    return this.#type === 'directory';
  }
  isSymbolicLink(): boolean {
    return this.#type === 'link';
  }
  isFIFO(): boolean {
    return this.#type === 'fifo';
  }
  isSocket(): boolean {
    return this.#type === 'socket';
  }
  isCharacterDevice(): boolean {
    return this.#type === 'character';
  }
  isBlockDevice(): boolean {
    return this.#type === 'block';
  }
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}
