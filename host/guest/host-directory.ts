/** Directories and symbolic links of the outer guest, with names in the encoding that the caller asks for. */
import { toBytes, toText } from '../../kernel/abi/byte-string.ts';
import { S_IFMT } from '../../kernel/abi/stat.ts';
import { readdir } from '../../userland/libc/dirent.ts';
import { readlink } from '../../userland/libc/unistd.ts';
import { HostError, type HostPath, attempt, bytesOf } from './host-error.ts';
import { noFollow, statPath } from './host-stats.ts';

export interface NameOptions {
  /** 'buffer': bytes. Otherwise text. */
  readonly encoding?: string | null;
  readonly withFileTypes?: boolean;
}

const DT_UNKNOWN = 0;
const DT_FIFO = 1;
const DT_CHR = 2;
const DT_DIR = 4;
const DT_BLK = 6;
const DT_REG = 8;
const DT_LNK = 10;
const DT_SOCK = 12;

/** What Node's Dirent tells. */
export class HostEntry {
  readonly name: string | Uint8Array;
  readonly #type: number;

  constructor(name: string | Uint8Array, type: number) {
    this.name = name;
    this.#type = type;
  }
  isFile(): boolean {
    return this.#type === DT_REG;
  }
  isDirectory(): boolean {
    return this.#type === DT_DIR;
  }
  isSymbolicLink(): boolean {
    return this.#type === DT_LNK;
  }
  isFIFO(): boolean {
    return this.#type === DT_FIFO;
  }
  isSocket(): boolean {
    return this.#type === DT_SOCK;
  }
  isCharacterDevice(): boolean {
    return this.#type === DT_CHR;
  }
  isBlockDevice(): boolean {
    return this.#type === DT_BLK;
  }
}

/** fs.readdirSync: names, or entries with `withFileTypes`. */
export function readdirSync(
  path: HostPath,
  options: NameOptions = {},
): (string | Uint8Array)[] | HostEntry[] {
  const directory = bytesOf(path);
  const entries = attempt('scandir', () => readdir(directory), path);
  if (options.withFileTypes !== true) return entries.map(({ name }) => encode(name, options));
  return entries.map(
    ({ name, type }) =>
      new HostEntry(encode(name, options), type === DT_UNKNOWN ? typeOf(`${directory}/${name}`) : type),
  );
}

/** fs.readlinkSync. */
export function readlinkSync(path: HostPath, options: NameOptions = {}): string | Uint8Array {
  return encode(
    attempt('readlink', () => readlink(bytesOf(path)), path),
    options,
  );
}

/** Some file systems do not say in the directory what a name is; one that is gone meanwhile is unknown. */
function typeOf(path: string): number {
  try {
    const stats = statPath('lstat', toBytes(path), noFollow);
    return stats === undefined ? DT_UNKNOWN : (Number(stats.mode) & S_IFMT) >> 12;
  } catch (error) {
    if (error instanceof HostError) return DT_UNKNOWN;
    throw error;
  }
}

function encode(name: string, { encoding }: NameOptions): string | Uint8Array {
  return encoding === 'buffer' ? toBytes(name) : toText(name);
}
