/**
 * Arguments of a system call as text. The memory of the caller is read through a Reader: the kernel's own (--strace)
 * or ptrace's (strace).
 */
import { fromBytes } from '../abi/byte-string.ts';
import {
  TCGETS,
  TCSETS,
  TCSETSF,
  TCSETSW,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCSPGRP,
  TIOCSWINSZ,
  FIONREAD,
} from '../abi/ioctl.ts';
import { readU64, viewOf } from '../abi/layout.ts';
import {
  CONSTANTS,
  FLAGS,
  constantText,
  flagText,
  type Names,
  modeText,
  octal,
  openFlagText,
  signalText,
} from './flags.ts';
import { quote } from './quote.ts';
import { STRUCTS, addressText, pollText, semaphoreText } from './structs.ts';

export interface Reader {
  /** An argument of the call as it stands in its register. */
  argument(n: number): bigint;
  /** Bytes of the caller's memory; undefined if they are not all there. */
  read(address: number, length: number): Uint8Array | undefined;
  /** A C string of at most `limit` bytes; undefined if it cannot be read. */
  text(address: number, limit: number): { readonly text: string; readonly isWhole: boolean } | undefined;
}

export interface FormatOptions {
  readonly stringLimit: number;
  readonly isVerbose: boolean;
}

const PATH_LIMIT = 4096;
const MAX_ITEMS = 32;
const O_CREAT = 0o100;
const O_TMPFILE_BIT = 0o20000000;

/** One argument. `result` is undefined at the call's entry; negative: -errno. */
export function argumentText(
  word: string,
  n: number,
  reader: Reader,
  options: FormatOptions,
  result?: number,
): string {
  const isOutput = word.startsWith('>');
  const [kind, detail] = (isOutput ? word.slice(1) : word).split(':') as [string, string?];
  const raw = reader.argument(n);
  if (isOutput && (result === undefined || result < 0)) return pointer(raw);
  return format(kind, detail, raw, reader, options, result ?? 0);
}

/** Whether an argument is left out altogether, as open's mode is without O_CREAT. */
export function isAbsent(word: string, reader: Reader): boolean {
  if (!word.startsWith('=')) return false;
  const [kind, detail] = word.slice(1).split(':') as [string, string];
  const other = Number(BigInt.asIntN(32, reader.argument(Number(detail))));
  if (kind === 'mode') return (other & O_CREAT) === 0 && (other & O_TMPFILE_BIT) === 0;
  return !FCNTL_WITH_ARGUMENT.test(constantText(CONSTANTS.fcntl, other));
}
const FCNTL_WITH_ARGUMENT = /^F_(DUPFD.*|SET.*|ADD_SEALS|NOTIFY|GETLK|OFD_.*)$|^0x/;

export function pointer(raw: bigint): string {
  return raw === 0n ? 'NULL' : `0x${raw.toString(16)}`;
}
const int = (raw: bigint): number => Number(BigInt.asIntN(32, raw));
const uint = (raw: bigint): number => Number(BigInt.asUintN(32, raw));

function format(
  kind: string,
  detail: string | undefined,
  raw: bigint,
  reader: Reader,
  options: FormatOptions,
  result: number,
): string {
  const name = kind.startsWith('=') ? kind.slice(1) : kind;
  if (Object.hasOwn(STRUCTS, name)) return structText(name, raw, reader, options);
  switch (name) {
    case 'fd':
    case 'int':
      return String(int(raw));
    case 'dirfd':
      return int(raw) === -100 ? 'AT_FDCWD' : String(int(raw));
    case 'uint':
      return String(uint(raw));
    case 'uid':
      return uint(raw) === 0xffff_ffff ? '-1' : String(uint(raw));
    case 'long':
      return String(BigInt.asIntN(64, raw));
    case 'ulong':
      return String(raw);
    case 'hex0':
      return raw === 0n ? '0' : `0x${raw.toString(16)}`;
    case 'ptr':
    case 'intat':
    case 'timespecptr':
      return pointer(raw);
    case 'signal':
      return signalText(int(raw));
    case 'mode':
      return octal(uint(raw));
    case 'modetype':
      return modeText(uint(raw));
    case 'openflags':
      return openFlagText(uint(raw));
    case 'openbits':
      return flagText(FLAGS.open, uint(raw));
    case 'socketflags':
      return flagText(FLAGS.socketType, uint(raw));
    case 'socketType': {
      const type = constantText(CONSTANTS.socketType, uint(raw) & 0xf);
      const bits = flagText(FLAGS.socketType, uint(raw) & ~0xf, '');
      return bits === '' ? type : `${type}|${bits}`;
    }
    case 'prot':
      return flagText(FLAGS.prot, uint(raw), 'PROT_NONE');
    case 'map':
      return mapText(uint(raw));
    case 'ipcflags': {
      const bits = flagText(FLAGS.ipc, uint(raw) & ~0o777, '');
      return bits === '' ? octal(uint(raw)) : `${bits}|${octal(uint(raw) & 0o777)}`;
    }
    case 'sembufs': {
      const count = Math.min(MAX_ITEMS, uint(reader.argument(Number(detail))));
      const bytes = reader.read(Number(raw), count * 6);
      return bytes ? semaphoreText(bytes) : pointer(raw);
    }
    case 'access':
      return flagText(FLAGS.access, uint(raw), 'F_OK');
    case 'cloneflags': {
      const exit = uint(raw) & 0xff;
      const bits = flagText(FLAGS.clone, uint(raw) & ~0xff, '');
      return [bits, exit === 0 ? '' : signalText(exit)].filter(part => part !== '').join('|') || '0';
    }
    case 'futexOp': {
      const bits = (uint(raw) & 128 ? '_PRIVATE' : '') + (uint(raw) & 256 ? '|FUTEX_CLOCK_REALTIME' : '');
      return constantText(CONSTANTS.futexOp, uint(raw) & 127) + bits;
    }
    case 'fcntlarg':
      return fcntlArgument(int(reader.argument(Number(detail))), raw);
    case 'ioctlarg':
      return ioctlArgument(uint(reader.argument(Number(detail))), raw, reader, options);
    case 'path':
      return stringText(raw, reader, PATH_LIMIT);
    case 'string':
      return stringText(raw, reader, options.stringLimit);
    case 'argv':
      return vectorText(raw, reader, options);
    case 'envp':
      return environmentText(raw, reader);
    case 'buf':
    case 'bytes':
      return bufferText(name, raw, lengthOf(detail, reader, result), reader, options);
    case 'text':
      return result <= 0 ? pointer(raw) : stringText(raw, reader, PATH_LIMIT);
    case 'iov':
      return iovText(raw, Number(reader.argument(Number(detail))), reader, options, result);
    case 'addr':
      return addressAt(raw, reader, detail!, result);
    case 'pollfds': {
      const count = uint(reader.argument(Number(detail)));
      const bytes = raw === 0n ? undefined : reader.read(Number(raw), Math.min(count, MAX_ITEMS) * 8);
      return bytes ? pollText(bytes, 'events') : pointer(raw);
    }
    case 'fdset':
      return fdsetText(raw, int(reader.argument(Number(detail))), reader);
    case 'dirents':
      return `${pointer(raw)} /* ${countDirents(raw, result, reader)} entries */`;
    case 'epollevents': {
      const bytes = reader.read(Number(raw), Math.min(result, MAX_ITEMS) * 12);
      if (!bytes) return pointer(raw);
      const items = Array.from({ length: bytes.length / 12 }, (_, i) =>
        STRUCTS.epollEvent!.text(bytes.subarray(i * 12), false),
      );
      return `[${items.join(', ')}]`;
    }
  }
  const flags = (FLAGS as Readonly<Record<string, Names>>)[name];
  if (flags) return flagText(flags, uint(raw));
  const constants = (CONSTANTS as Readonly<Record<string, Names>>)[name];
  if (constants) return constantText(constants, name === 'ioctl' ? uint(raw) : int(raw));
  return pointer(raw);
}

function structText(name: string, raw: bigint, reader: Reader, { isVerbose }: FormatOptions): string {
  const struct = STRUCTS[name]!;
  const bytes = raw === 0n ? undefined : reader.read(Number(raw), struct.size);
  return bytes ? struct.text(bytes, isVerbose) : pointer(raw);
}

/** MAP_HUGETLB has its size in the upper bits. */
function mapText(value: number): string {
  const shift = (value >>> 26) & 0x3f;
  const text = flagText(FLAGS.map, value & 0x03ff_ffff, 'MAP_FILE');
  return shift === 0 ? text : `${text}|${shift}<<MAP_HUGE_SHIFT`;
}

function stringText(raw: bigint, reader: Reader, limit: number): string {
  if (raw === 0n) return 'NULL';
  const found = reader.text(Number(raw), limit);
  return found ? quote(found.text, limit, found.isWhole) : pointer(raw);
}

function lengthOf(detail: string | undefined, reader: Reader, result: number): number {
  return detail === 'ret' ? result : Number(reader.argument(Number(detail)));
}

function bufferText(
  kind: string,
  raw: bigint,
  length: number,
  reader: Reader,
  { stringLimit }: FormatOptions,
): string {
  if (raw === 0n) return 'NULL';
  if (length === 0) return '""';
  const bytes = reader.read(Number(raw), Math.min(length, stringLimit));
  if (!bytes) return pointer(raw);
  if (kind === 'bytes') {
    const hex = [...bytes].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
    return `"${hex}"${length > stringLimit ? '...' : ''}`;
  }
  return quote(fromBytes(bytes), stringLimit, length <= stringLimit);
}

function iovText(raw: bigint, count: number, reader: Reader, options: FormatOptions, result: number): string {
  const table = reader.read(Number(raw), Math.min(count, MAX_ITEMS) * 16);
  if (!table) return pointer(raw);
  const view = viewOf(table);
  let left = result > 0 ? result : Infinity;
  const items: string[] = [];
  for (let at = 0; at < table.length; at += 16) {
    const length = readU64(view, at + 8);
    const shown = Math.min(length, left);
    left -= shown;
    const base = bufferText('buf', view.getBigUint64(at, true), shown, reader, options);
    items.push(`{iov_base=${base}, iov_len=${length}}`);
  }
  if (count > MAX_ITEMS) items.push('...');
  return `[${items.join(', ')}]`;
}

/** A pointer to strings, up to a null pointer. */
function pointers(raw: bigint, reader: Reader, limit: number): bigint[] | undefined {
  const found: bigint[] = [];
  for (let at = Number(raw); found.length < limit; at += 8) {
    const bytes = reader.read(at, 8);
    if (!bytes) return undefined;
    const value = viewOf(bytes).getBigUint64(0, true);
    if (value === 0n) break;
    found.push(value);
  }
  return found;
}
function vectorText(raw: bigint, reader: Reader, options: FormatOptions): string {
  if (raw === 0n) return 'NULL';
  const strings = pointers(raw, reader, MAX_ITEMS + 1);
  if (!strings) return pointer(raw);
  const items = strings.slice(0, MAX_ITEMS).map(at => stringText(at, reader, options.stringLimit));
  return `[${items.join(', ')}${strings.length > MAX_ITEMS ? ', ...' : ''}]`;
}
function environmentText(raw: bigint, reader: Reader): string {
  const strings = raw === 0n ? undefined : pointers(raw, reader, 4096);
  return strings ? `${pointer(raw)} /* ${strings.length} vars */` : pointer(raw);
}

function addressAt(raw: bigint, reader: Reader, detail: string, result: number): string {
  if (raw === 0n) return 'NULL';
  let length = Number(reader.argument(Number(detail)));
  if (result >= 0 && length > 0xffff) {
    const bytes = reader.read(length, 4);
    length = bytes ? viewOf(bytes).getInt32(0, true) : 0;
  }
  const bytes = reader.read(Number(raw), Math.min(128, Math.max(0, length)));
  return bytes ? addressText(bytes) : pointer(raw);
}

/** `[3 5]`: the descriptors of an fd_set. */
function fdsetText(raw: bigint, count: number, reader: Reader): string {
  if (raw === 0n) return 'NULL';
  const bytes = reader.read(Number(raw), Math.ceil(Math.min(1024, Math.max(0, count)) / 64) * 8);
  if (!bytes) return pointer(raw);
  const members: number[] = [];
  for (let fd = 0; fd < count && fd < 1024; fd++) if ((bytes[fd >> 3]! >> (fd & 7)) & 1) members.push(fd);
  return `[${members.join(' ')}]`;
}

function countDirents(raw: bigint, length: number, reader: Reader): number {
  const bytes = reader.read(Number(raw), length);
  if (!bytes) return 0;
  const view = viewOf(bytes);
  let count = 0;
  for (let at = 0; at + 19 <= length; count++) at += Math.max(24, view.getUint16(at + 16, true));
  return count;
}

function fcntlArgument(command: number, raw: bigint): string {
  switch (constantText(CONSTANTS.fcntl, command)) {
    case 'F_SETFD':
      return flagText(FLAGS.fdFlags, uint(raw));
    case 'F_SETFL':
      return openFlagText(uint(raw));
    case 'F_GETLK':
    case 'F_SETLK':
    case 'F_SETLKW':
      return pointer(raw);
    default:
      return String(int(raw));
  }
}

const IOCTL_KINDS = new Map<number, string>([
  [TCGETS, 'termios'],
  [TCSETS, 'termios'],
  [TCSETSW, 'termios'],
  [TCSETSF, 'termios'],
  [TIOCGWINSZ, 'winsize'],
  [TIOCSWINSZ, 'winsize'],
  [TIOCGPGRP, 'intp'],
  [TIOCSPGRP, 'intp'],
  [FIONREAD, 'intp'],
]);
function ioctlArgument(request: number, raw: bigint, reader: Reader, options: FormatOptions): string {
  const kind = IOCTL_KINDS.get(request);
  return kind === undefined
    ? raw < 0x1000n
      ? String(raw)
      : pointer(raw)
    : structText(kind, raw, reader, options);
}
