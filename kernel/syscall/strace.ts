/**
 * strace lines from the table: `openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3`. The kinds of arguments stand in each
 * row (`fd path:openflags`); a kind that is not known here prints as a hexadecimal number.
 */
import type { Task } from '../task/task.ts';
import { errnoName, strerror } from '../abi/errno.ts';
import { Errno } from '../errors.ts';

const MAX_STRING = 32;

type Format = (task: Task, n: number) => string;

const hex: Format = (task, n) => {
  const value = task.args.b64(n);
  return value === 0n ? '0' : `0x${value.toString(16)}`;
};
const pointer: Format = (task, n) => {
  const value = task.args.b64(n);
  return value === 0n ? 'NULL' : `0x${value.toString(16)}`;
};

/** Flag names by kind: [value, name], biggest masks first where they overlap. */
const FLAGS: Record<string, readonly (readonly [number, string])[]> = {
  openflags: [
    [0o1, 'O_WRONLY'],
    [0o2, 'O_RDWR'],
    [0o100, 'O_CREAT'],
    [0o200, 'O_EXCL'],
    [0o400, 'O_NOCTTY'],
    [0o1000, 'O_TRUNC'],
    [0o2000, 'O_APPEND'],
    [0o4000, 'O_NONBLOCK'],
    [0o20200000, 'O_TMPFILE'],
    [0o200000, 'O_DIRECTORY'],
    [0o400000, 'O_NOFOLLOW'],
    [0o2000000, 'O_CLOEXEC'],
    [0o10000000, 'O_PATH'],
  ],
  mmapprot: [
    [1, 'PROT_READ'],
    [2, 'PROT_WRITE'],
    [4, 'PROT_EXEC'],
  ],
  mmapflags: [
    [1, 'MAP_SHARED'],
    [2, 'MAP_PRIVATE'],
    [0x10, 'MAP_FIXED'],
    [0x20, 'MAP_ANONYMOUS'],
    [0x100, 'MAP_GROWSDOWN'],
    [0x4000, 'MAP_NORESERVE'],
    [0x8000, 'MAP_POPULATE'],
    [0x20000, 'MAP_STACK'],
    [0x40000, 'MAP_HUGETLB'],
  ],
  cloneflags: [
    [0x100, 'CLONE_VM'],
    [0x200, 'CLONE_FS'],
    [0x400, 'CLONE_FILES'],
    [0x800, 'CLONE_SIGHAND'],
    [0x4000, 'CLONE_VFORK'],
    [0x8000, 'CLONE_PARENT'],
    [0x10000, 'CLONE_THREAD'],
  ],
};

function flags(names: readonly (readonly [number, string])[], value: number, zero: string): string {
  const parts: string[] = [];
  let rest = value;
  for (const [bits, name] of names) {
    if ((rest & bits) === bits) {
      parts.push(name);
      rest &= ~bits;
    }
  }
  if (rest !== 0) parts.push(`0x${(rest >>> 0).toString(16)}`);
  return parts.length === 0 ? zero : parts.join('|');
}

/** A byte string in C's notation, cut like strace does. */
export function quote(bytes: string, limit: number = MAX_STRING): string {
  const shown = bytes.slice(0, limit).replace(/[^ !#-[\]-~]/g, c => {
    const code = c.charCodeAt(0);
    if (c === '\n') return '\\n';
    if (c === '\t') return '\\t';
    if (c === '\r') return '\\r';
    if (c === '"' || c === '\\') return `\\${c}`;
    return `\\${code.toString(8)}`;
  });
  return `"${shown}"${bytes.length > limit ? '...' : ''}`;
}

function readable(task: Task, n: number, read: (at: number) => string): string {
  const at = task.args.ptr(n);
  if (at === 0) return 'NULL';
  try {
    return read(at);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return hex(task, n);
  }
}

const FORMATS: Record<string, Format> = {
  fd: (task, n) => String(task.args.i32(n)),
  dirfd: (task, n) => (task.args.i32(n) === -100 ? 'AT_FDCWD' : String(task.args.i32(n))),
  int: (task, n) => String(task.args.i32(n)),
  pid: (task, n) => String(task.args.i32(n)),
  uid: (task, n) => String(task.args.u32(n)),
  uint: (task, n) => String(task.args.u32(n)),
  len: (task, n) => String(task.args.len(n)),
  off: (task, n) => String(task.args.i64(n)),
  whence: (task, n) =>
    ['SEEK_SET', 'SEEK_CUR', 'SEEK_END', 'SEEK_DATA', 'SEEK_HOLE'][task.args.u32(n)] ?? hex(task, n),
  signal: (task, n) => String(task.args.i32(n)),
  octal: (task, n) => `0${(task.args.u32(n) & 0o7777777).toString(8)}`,
  ptr: pointer,
  hex,
  path: (task, n) => readable(task, n, at => quote(task.mm!.readString(at), 4096)),
  str: (task, n) => readable(task, n, at => quote(task.mm!.readString(at), MAX_STRING)),
  argv: (task, n) => readable(task, n, at => vector(task, at)),
};

function vector(task: Task, at: number): string {
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const entry = task.mm!.readU64(at + i * 8);
    if (entry === 0) break;
    if (i === 16) {
      parts.push('...');
      break;
    }
    parts.push(quote(task.mm!.readString(entry), MAX_STRING));
  }
  return `[${parts.join(', ')}]`;
}

/** The call's name and arguments as strace prints them, read before the call runs. */
export function formatCall(task: Task): string {
  const row = task.kernel.table.get(task.call.number);
  if (!row) return `syscall_${task.call.number}()`;
  const kinds = row.args === '' ? [] : row.args.split(' ');
  const parts = kinds.map((word, n) => {
    const kind = word.slice(word.indexOf(':') + 1);
    const names = FLAGS[kind];
    if (names) {
      const value = task.args.u32(n);
      return flags(names, value, kind === 'openflags' ? 'O_RDONLY' : '0');
    }
    return (FORMATS[kind] ?? hex)(task, n);
  });
  return `${row.name}(${parts.join(', ')})`;
}

/** `3`, or `-1 ENOENT (No such file or directory)`. */
export function formatResult(_task: Task, result: number): string {
  if (result >= 0) return result > 0xffff_ffff ? `0x${result.toString(16)}` : String(result);
  if (result > -512) return `-1 ${errnoName(-result)} (${strerror(-result)})`;
  return '? ERESTART (to be restarted)';
}
