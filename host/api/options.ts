/** The options of boot(), checked and completed. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MountedDirectory, VolumeFs } from '../node/fs-server.ts';
import type { HostDirectorySpec } from '../node/protocol.ts';
import type { MonitorOptions } from '../node/monitor.ts';
import { OptionError } from './errors.ts';
import { type Program, builtInPrograms, parseKernel, parsePrograms } from './trusted-options.ts';

export interface MountOptions {
  /** Directory on the host. */
  readonly source: string;
  /** The guest may read only. */
  readonly readOnly?: boolean;
  /**
   * Programs in the guest may connect to the Unix sockets in it, whatever is behind them, and others to theirs. Default
   * false. See docs/files.md.
   */
  readonly sockets?: boolean;
}

/** A directory of a volume, such as one of memfs. The guest's calls are made in this thread, whenever it is idle. */
export interface VolumeMountOptions {
  /** An object with Node's synchronous fs API. */
  readonly volume: VolumeFs;
  /** Directory in the volume. Default '/'. */
  readonly path?: string;
  /** The guest may read only. */
  readonly readOnly?: boolean;
}

/** A host directory as the guest's root: see docs/roots.md. */
export interface RootOptions {
  /** Directory on the host. */
  readonly source: string;
  /**
   * The guest writes to the directory itself. Default false: what it writes is in its memory, over the directory, and
   * is gone with the guest.
   */
  readonly writable?: boolean;
  /** How much may be written to memory: bytes, '64M', '1G', or a part of the guest's memory such as '50%' (default). */
  readonly size?: number | string;
  /**
   * For how many milliseconds what the host said of names and attributes is believed. Default 1000; 0 asks the host in
   * each system call.
   */
  readonly cacheMs?: number;
  /** With `writable`: the guest may put set-user-ID and set-group-ID bits on host files. Default false. */
  readonly suid?: boolean;
  /** Lodger's own userland is there for what the directory lacks. Default false. */
  readonly tools?: boolean;
}

export interface BootOptions {
  /** Guest RAM: bytes, or '64M', '1G'. Default '256M', with `root` '1G'; from 16M to just under 4G. */
  readonly memory?: number | string;
  /** A host directory with a system in it as the root file system, instead of Lodger's own. */
  readonly root?: string | RootOptions;
  /**
   * Host directories and volumes by guest path: `{ '/work': '.', '/data': { source: '/srv/data', readOnly: true },
   * '/volume': Volume.fromJSON({ '/file': 'text' }) }`.
   */
  readonly mounts?: Readonly<Record<string, string | MountOptions | VolumeFs | VolumeMountOptions>>;
  /**
   * Native programs to trust and install, by guest path: files on the host, bundled as docs/native-programs.md says.
   * They run in this process, unconfined: give only programs that you would run yourself.
   */
  readonly programs?: Readonly<Record<string, string>>;
  /** More kernel parameters, in the style of bootparam(7): 'hostname=box threads-max=100'. */
  readonly kernelParameters?: string;
  /** 'shell': init runs a login shell on the console. Default 'none'. */
  readonly console?: 'shell' | 'none';
  /** Each system call becomes a line of the log. Default false. */
  readonly strace?: boolean;
  /** What lists of guests show. Default: the hostname of `kernelParameters`, or 'guest'. */
  readonly name?: string;
  /**
   * Another kernel than the one of this package: the file of its bundle, made by this package's build. It runs in this
   * process, unconfined; its SHA-256 is in the log. What lies beside it, as in a `dist` folder, is used with it.
   */
  readonly kernel?: string;
  /**
   * Kernels of guests in this guest may open their threads to a debugger: on these ports of 127.0.0.1, or with true on
   * any. Whoever can connect to such a port controls this process. Default false.
   */
  readonly inspectNested?: boolean | readonly number[];
  /** The kernel thread waits for a debugger on this port of 127.0.0.1 before it boots. See docs/debugging.md. */
  readonly inspectPort?: number;
}

const MIN_BYTES = 16 * 2 ** 20;
const MAX_BYTES = 65535 * 65536;
const UNITS: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Bytes from a number or a text like '64M'. */
function parseSize(size: number | string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*([kmg]?)(?:i?b)?$/i.exec(String(size));
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
}

/** Bytes from a number or a text like '64M'; a multiple of 64 KiB. OptionError. */
export function parseMemory(memory: number | string): number {
  const bytes = parseSize(memory);
  if (bytes === undefined) {
    throw new OptionError(`memory: '${memory}' is no size; give a number with K, M or G, such as 256M`);
  }
  if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
    throw new OptionError(`memory: ${memory} is out of range; give a size from 16M to 4095M`);
  }
  return Math.floor(bytes / 65536) * 65536;
}

interface Mount extends MountedDirectory {
  readonly guestPath: string;
}

function requireDirectory(option: string, path: string): void {
  try {
    if (!statSync(path).isDirectory()) throw new OptionError(`${option}: '${path}' is not a directory`);
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof OptionError) throw error;
    throw new OptionError(`${option}: cannot read '${path}' on the host: ${(error as Error).message}`);
  }
}

function parseMounts(mounts: NonNullable<BootOptions['mounts']>): Mount[] {
  return Object.entries(mounts).map(([guestPath, value], index) => {
    if (!guestPath.startsWith('/') || guestPath.includes('\0')) {
      throw new OptionError(`mounts: '${guestPath}' is no absolute path in the guest`);
    }
    return { tag: `host${index}`, guestPath, ...parseMount(guestPath, value) };
  });
}

function parseMount(
  guestPath: string,
  value: string | MountOptions | VolumeFs | VolumeMountOptions,
): Pick<Mount, 'path' | 'isReadOnly' | 'hasSockets' | 'volume'> {
  const options = typeof value === 'string' ? { source: value } : isVolume(value) ? { volume: value } : value;
  const { readOnly: isReadOnly = false }: { readOnly?: boolean } = options;
  if ('volume' in options) {
    const { volume, path = '/' }: VolumeMountOptions = options;
    if ('sockets' in options) throw new OptionError(`mounts: '${guestPath}': a volume has no sockets`);
    requireVolumeDirectory(guestPath, volume, path);
    return { path, isReadOnly, volume };
  }
  if (typeof options.source !== 'string') {
    throw new OptionError(
      `mounts: '${guestPath}' is neither a path on the host nor a volume with Node's fs API`,
    );
  }
  const path = resolve(options.source);
  requireDirectory('mounts', path);
  return { path, isReadOnly, hasSockets: options.sockets ?? false };
}

function isVolume(value: unknown): value is VolumeFs {
  return typeof (value as Partial<VolumeFs> | undefined)?.openSync === 'function';
}

function requireVolumeDirectory(guestPath: string, volume: VolumeFs, path: string): void {
  if (!isVolume(volume)) throw new OptionError(`mounts: the volume for '${guestPath}' has no openSync`);
  let isDirectory: boolean;
  try {
    isDirectory = (volume.statSync(path as never) as { isDirectory(): boolean }).isDirectory();
  } catch (error) {
    throw new OptionError(`mounts: cannot read '${path}' in the volume: ${(error as Error).message}`);
  }
  if (!isDirectory) throw new OptionError(`mounts: '${path}' in the volume is not a directory`);
}

const ROOT_TAG = 'root';
const DEFAULT_CACHE_MS = 1000;

interface Root {
  readonly directory: HostDirectorySpec;
  /** Kernel parameters. */
  readonly words: readonly string[];
}

function parseRoot(root: string | RootOptions): Root {
  const options = typeof root === 'string' ? { source: root } : root;
  const { source, writable = false, size, cacheMs = DEFAULT_CACHE_MS, tools = false, suid = false } = options;
  const path = resolve(source);
  requireDirectory('root', path);
  if (writable && tools) throw new OptionError('root: tools are for a root that is not writable');
  if (!(cacheMs >= 0)) throw new OptionError(`root: cacheMs: '${cacheMs}' is no time in milliseconds`);
  const flags = [`cache=${Math.floor(cacheMs)}`, ...(tools ? ['tools'] : [])];
  if (suid && writable) flags.push('suid');
  if (size !== undefined && !writable) flags.push(`size=${parseRootSize(size)}`);
  const words = [
    `root=${ROOT_TAG}`,
    `rootfstype=${writable ? 'hostfs' : 'overlay'}`,
    `rootflags=${flags.join(',')}`,
  ];
  return { directory: { tag: ROOT_TAG, path, isReadOnly: !writable }, words };
}

function parseRootSize(size: number | string): string {
  if (/^([1-9][0-9]?|100)%$/.test(String(size))) return String(size);
  const bytes = parseSize(size);
  if (bytes === undefined || bytes < 1)
    throw new OptionError(`root: size: '${size}' is no size; give 512M, 2G or 50%`);
  return String(Math.floor(bytes));
}

/** What the name of a guest may be. */
const MAX_NAME_CHARS = 64;

/** The name that was given, or the hostname. OptionError. */
export function parseName(name: string | undefined, kernelParameters: string): string {
  if (name === undefined) return /(?:^|\s)hostname=(\S+)/.exec(kernelParameters)?.[1] ?? 'guest';
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_CHARS || /\p{Cc}/u.test(name))
    throw new OptionError(
      `name: give a text of 1 to ${MAX_NAME_CHARS} characters without control characters`,
    );
  return name;
}

function parsePorts(ports: boolean | readonly number[]): boolean | readonly number[] {
  if (typeof ports === 'boolean') return ports;
  const isPort = (port: unknown): boolean =>
    Number.isInteger(port) && Number(port) > 0 && Number(port) < 65536;
  if (Array.isArray(ports) && ports.every(isPort)) return [...(ports as readonly number[])];
  throw new OptionError('inspectNested: give true, false, or a list of port numbers');
}

const KNOWN = new Set([
  'memory',
  'root',
  'mounts',
  'programs',
  'kernelParameters',
  'console',
  'strace',
  'name',
  'kernel',
  'inspectNested',
  'inspectPort',
]);

export interface CompleteOptions {
  readonly name: string;
  /** SHA-256 of the kernel, if it is another one than this package's. */
  readonly kernelHash: string | undefined;
  readonly monitor: MonitorOptions;
  readonly mounts: readonly Mount[];
  /** To be installed in the guest. */
  readonly programs: readonly Program[];
}

/** Checks that all options are known. OptionError. */
export function checkNames(options: BootOptions): void {
  for (const name of Object.keys(options)) {
    if (!KNOWN.has(name)) {
      throw new OptionError(`boot: there is no option '${name}'; there are ${[...KNOWN].join(', ')}`);
    }
  }
}

/** Checks the options and finds the files of this package. OptionError. */
export function completeOptions(options: BootOptions): CompleteOptions {
  checkNames(options);
  const dist = new URL('.', import.meta.url);
  const mounts = parseMounts(options.mounts ?? {});
  const programs = parsePrograms(options.programs ?? {});
  const root = options.root === undefined ? undefined : parseRoot(options.root);
  const given = options.kernelParameters ?? '';
  const words = [...(root?.words ?? []), given];
  const mem = /(?:^|\s)mem=(\S+)/.exec(given)?.[1];
  if (options.strace) words.unshift('strace');
  if (options.console !== 'shell') words.unshift('CONSOLE=none');
  const kernel = options.kernel === undefined ? undefined : parseKernel(options.kernel);
  const kernelBundle = kernel?.path ?? fileURLToPath(new URL('kernel.js', dist));
  return {
    name: parseName(options.name, given),
    kernelHash: kernel?.sha256,
    mounts,
    programs,
    monitor: {
      kernelLoader: fileURLToPath(new URL('kernel-loader.cjs', dist)),
      kernelBundle,
      bundles: existsSync(join(dirname(kernelBundle), 'processor.js'))
        ? dirname(kernelBundle)
        : fileURLToPath(dist),
      debuggerPorts: parsePorts(options.inspectNested ?? false),
      programThread: fileURLToPath(new URL('program-thread.cjs', dist)),
      programs: [...builtInPrograms(dist), ...programs],
      directories: root === undefined ? mounts : [root.directory, ...mounts],
      initramfs: fileURLToPath(new URL('rootfs.cpio', dist)),
      commandLine: words.filter(word => word !== '').join(' '),
      memoryBytes: parseMemory(options.memory ?? mem ?? (root === undefined ? '256M' : '1G')),
      inspectPort: options.inspectPort,
    },
  };
}
