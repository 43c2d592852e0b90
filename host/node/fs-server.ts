/**
 * FsServer: performs the calls of a RemoteFs (kernel thread) on an object with Node's synchronous fs API that lives in
 * this thread, the embedder's: a memfs Volume, or whatever the embedder has written.
 *
 * That object is not trusted to do well: what it gives is checked before the kernel sees it, and what is no answer, or
 * an exception without a `code`, is EIO for the guest and a line of the log. `close` closes what the guest had open.
 */
import type { MessagePort } from 'node:worker_threads';
import {
  type EntryMessage,
  type EntryType,
  type FsAnswer,
  type FsChannel,
  type FsRequest,
  STAT_FIELDS,
  type StatField,
  TRANSFER_BYTES,
} from './remote-fs-protocol.ts';
import { Answerer } from './sleeping-call.ts';
import type { HostDirectorySpec } from './protocol.ts';

/** An object with Node's synchronous fs API, such as a memfs Volume: these methods and more of them. */
export interface VolumeFs {
  openSync(...args: never[]): unknown;
  closeSync(...args: never[]): unknown;
  readSync(...args: never[]): unknown;
  lstatSync(...args: never[]): unknown;
  statSync(...args: never[]): unknown;
  readdirSync(...args: never[]): unknown;
}

/** A directory of a volume; with `volume` undefined, of the host. */
export interface MountedDirectory extends HostDirectorySpec {
  readonly volume?: VolumeFs | undefined;
}

type Methods = Record<string, ((...args: unknown[]) => unknown) | undefined>;

/** Starts a server for each volume among the directories, and says what the kernel thread is to be told. */
export function serveVolumes(
  directories: readonly MountedDirectory[],
  log: (text: string) => void,
): { servers: FsServer[]; specs: HostDirectorySpec[]; ports: MessagePort[] } {
  const servers: FsServer[] = [];
  const specs: HostDirectorySpec[] = [];
  const ports: MessagePort[] = [];
  for (const { volume, ...spec } of directories) {
    if (volume === undefined) {
      specs.push(spec);
      continue;
    }
    const server = new FsServer(volume, text => log(`hostfs: volume ${spec.tag}: ${text}`));
    servers.push(server);
    specs.push({ ...spec, channel: server.channel });
    ports.push(server.channel.port);
  }
  return { servers, specs, ports };
}

export class FsServer {
  /** For the kernel thread; its port is to be transferred. */
  readonly channel: FsChannel;
  readonly #volume: Methods;
  /** A memfs Volume, or the fs object of one. */
  readonly #isMemfs: boolean;
  readonly #kernel: Answerer;
  readonly #shared: Uint8Array;
  /** What a volume reads into and writes from: memory of its own, because not everything takes shared memory. */
  readonly #buffer = Buffer.alloc(TRANSFER_BYTES);
  readonly #log: (text: string) => void;
  /** Descriptors that the guest has open. */
  readonly #open = new Set<number>();

  constructor(volume: VolumeFs, log: (text: string) => void) {
    this.#volume = volume as unknown as Methods;
    this.#isMemfs = 'fromJSON' in volume || '__vol' in volume;
    this.#log = log;
    const bytes = new SharedArrayBuffer(TRANSFER_BYTES);
    this.#kernel = new Answerer(request => this.#serve(request as FsRequest));
    this.#shared = new Uint8Array(bytes);
    this.channel = { ...this.#kernel.channel, bytes, openFlags: openFlagsOf(volume) };
  }

  /** Answers no more: a call that is under way fails. Closes what the guest had open. */
  close(): void {
    if (this.#kernel.isClosed) return;
    this.#kernel.close();
    for (const file of this.#open) this.#answer('closeSync', [file]);
  }

  #serve({ number, method, args }: FsRequest): void {
    this.#kernel.answer(number, this.#answer(method, args));
  }

  #answer(method: string, args: readonly unknown[]): FsAnswer {
    try {
      return { value: this.#perform(method, args.map(asBuffer)) };
    } catch (error) {
      const { code } = Object(error) as { code?: unknown };
      if (typeof code === 'string') return { code, message: method };
      this.#log(`${method}: ${describe(error)}`);
      return { code: 'EIO', message: method };
    }
  }

  #call(method: string, ...args: readonly unknown[]): unknown {
    const { [method]: operation } = this.#volume;
    if (typeof operation !== 'function') throw Object.assign(new Error(method), { code: 'ENOSYS' });
    return operation.apply(this.#volume, args as unknown[]);
  }

  #perform(method: string, args: unknown[]): unknown {
    switch (method) {
      case 'openSync': {
        const file = integer(this.#call(method, ...args), Infinity);
        this.#open.add(file);
        return file;
      }
      case 'closeSync':
        this.#open.delete(args[0] as number);
        return void this.#call(method, ...args);
      case 'readSync': {
        const [file, length, position] = args as [number, number, number];
        const count = integer(this.#call(method, file, this.#buffer, 0, length, position), length);
        this.#shared.set(this.#buffer.subarray(0, count));
        return count;
      }
      case 'writeSync': {
        const [file, length, position] = args as [number, number, number];
        this.#buffer.set(this.#shared.subarray(0, length));
        return integer(this.#call(method, file, this.#buffer, 0, length, position), length);
      }
      case 'statSync':
      case 'lstatSync':
      case 'fstatSync':
        return this.#stat(method, args[0]);
      case 'readdirSync':
        return this.#readDirectory(args[0], args[1]);
      case 'readlinkSync':
        return nameOf(this.#call(method, ...args));
      case 'realpathSync':
        return nameOf(this.#call(method, ...args));
      case 'statfsSync':
        return capacityOf(this.#call(method, ...args));
      case 'renameSync':
        return this.#rename(args[0], args[1]);
      default:
        return void this.#call(method, ...args);
    }
  }

  /** Attributes as the words of STAT_FIELDS; undefined: there is no such file. */
  #stat(method: string, file: unknown): bigint[] | undefined {
    let stats: unknown;
    try {
      stats = this.#call(method, file, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code === 'ENOENT') return undefined;
      throw error;
    }
    return stats === undefined ? undefined : statWords(stats as StatsLike);
  }

  #readDirectory(path: unknown, encoding: unknown): EntryMessage[] {
    const entries = this.#call('readdirSync', path, { withFileTypes: true, encoding });
    if (!Array.isArray(entries)) throw new TypeError('gave no array');
    return entries.map((entry: EntryLike) => [nameOf(entry.name), typeOf(entry)]);
  }

  /** memfs counts a file twice if rename replaces it, and its directory can then never be removed. */
  #rename(from: unknown, to: unknown): void {
    if (this.#isMemfs) {
      const replaced = this.#stat('lstatSync', to);
      if (replaced !== undefined) {
        const moved = this.#stat('lstatSync', from);
        if (moved === undefined || moved[STAT_FIELDS.indexOf('ino')] === replaced[STAT_FIELDS.indexOf('ino')])
          return;
        const isDirectory = (replaced[STAT_FIELDS.indexOf('mode')]! & 0o170000n) === 0o040000n;
        this.#call(isDirectory ? 'rmdirSync' : 'unlinkSync', to);
      }
    }
    this.#call('renameSync', from, to);
  }
}

/** Open flags by name, of an object that has them. */
function openFlagsOf(volume: VolumeFs): Record<string, number> {
  const { constants } = volume as { constants?: Record<string, unknown> };
  const flags = Object.entries(constants ?? {}).filter(
    ([name, value]) => name.startsWith('O_') && typeof value === 'number',
  );
  return Object.fromEntries(flags) as Record<string, number>;
}

/** Bytes come through a message as a Uint8Array; as a path they have to be a Buffer. */
function asBuffer(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function integer(value: unknown, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max)
    throw new TypeError(`gave ${describe(value)}, which is no number from 0 to ${max}`);
  return value;
}

function nameOf(value: unknown): string | Uint8Array {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  throw new TypeError(`gave ${describe(value)}, which is no name`);
}

type StatsLike = Record<string, unknown>;

/** From the attributes of Node's bigint form, or of the form with numbers and milliseconds. */
function statWords(stats: StatsLike): bigint[] {
  return STAT_FIELDS.map(name => {
    const isTime = name.endsWith('Ns');
    const value = stats[name] ?? (isTime ? nanoseconds(stats, name) : optional(name));
    const word = typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : value;
    if (typeof word === 'bigint' && (isTime || word >= 0n)) return word;
    throw new TypeError(`gave attributes of which ${name} is ${describe(value)}`);
  });
}

function nanoseconds(stats: StatsLike, name: StatField): unknown {
  const ms = stats[`${name.slice(0, -2)}Ms`];
  return typeof ms === 'number' ? BigInt(Math.round(ms * 1e3)) * 1000n : ms;
}

/** What may be missing in the attributes. */
function optional(name: StatField): number | undefined {
  return { rdev: 0, blocks: 0, blksize: 4096 }[name as string];
}

type EntryLike = Readonly<Record<string, unknown>>;

const TYPE_TESTS: readonly [method: string, type: EntryType][] = [
  ['isFile', 'file'],
  ['isDirectory', 'directory'],
  ['isSymbolicLink', 'link'],
  ['isFIFO', 'fifo'],
  ['isSocket', 'socket'],
  ['isCharacterDevice', 'character'],
  ['isBlockDevice', 'block'],
];

function typeOf(entry: EntryLike): EntryType {
  const found = TYPE_TESTS.find(([method]) => (entry[method] as (() => boolean) | undefined)?.call(entry));
  return found?.[1] ?? 'unknown';
}

/** What statfs(2) of the volume says, if it says all of it. */
function capacityOf(value: unknown): Record<string, number> | undefined {
  const names = ['type', 'bsize', 'blocks', 'bavail', 'files', 'ffree'];
  const capacity = names.map(name => [name, (Object(value) as Record<string, unknown>)[name]] as const);
  if (!capacity.every(([, number]) => typeof number === 'number' && Number.isFinite(number)))
    return undefined;
  return Object.fromEntries(capacity) as Record<string, number>;
}

function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'something without a text';
  }
}
