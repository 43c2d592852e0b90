/** Tests of what stat(2) tells: type, size, permissions, owner, links, and what access(2) says. */
import * as fs from '../libc/stat.ts';
import { readdir } from '../libc/dirent.ts';
import { SysError } from '../libc/native.ts';
import { O_CLOEXEC, O_DIRECTORY, O_RDONLY } from '../libc/fcntl.ts';
import { groupById, groupByName, userById, userByName } from '../libc/pwd.ts';
import { close, faccessat, openat, R_OK, W_OK, X_OK } from '../libc/unistd.ts';
import { applyMode, parseMode } from '../coreutils/lib/mode.ts';
import { quote } from '../coreutils/lib/quote.ts';
import type { Arguments, Maker, Makers } from './arguments.ts';
import type { Entry } from './entry.ts';
import { fileSystemOf } from './file-system.ts';
import { holds, parseComparison } from './number.ts';
import { fatal, fileError, say } from './report.ts';
import { referenceStatus } from './times.ts';

const TYPES: Readonly<Record<string, number>> = {
  b: fs.S_IFBLK, c: fs.S_IFCHR, d: fs.S_IFDIR, f: fs.S_IFREG, l: fs.S_IFLNK, p: fs.S_IFIFO, s: fs.S_IFSOCK,
}; // prettier-ignore

/** The list of letters of -type and -xtype. */
function parseTypes(args: Arguments): Set<number> {
  const text = args.argument();
  const { name } = args;
  const types = new Set<number>();
  if (text === '') return fatal(`Arguments to ${name} should contain at least one letter`);
  for (let i = 0; i < text.length; i += 2) {
    const type = TYPES[text[i]!];
    if (text[i] === 'D')
      return fatal(
        `${name} D is not supported because Solaris doors are not supported on the platform find was compiled on.`,
      );
    if (type === undefined) return fatal(`Unknown argument to ${name}: ${text[i]}`);
    if (types.has(type)) return fatal(`Duplicate file type '${text[i]}' in the argument list to ${name}.`);
    types.add(type);
    if (i + 1 === text.length) return types;
    if (text[i + 1] !== ',') return fatal(`Must separate multiple arguments to ${name} using: ','`);
  }
  return fatal(`Last file type in list argument to ${name} is missing, i.e., list is ending on: ','`);
}

function otherWayType(entry: Entry): number {
  const flags = entry.isFollowed ? fs.AT_SYMLINK_NOFOLLOW : 0;
  try {
    return fs.fstatat(entry.directory, entry.access, flags).mode & fs.S_IFMT;
  } catch (error) {
    if (error instanceof SysError && ['ENOENT', 'ENOTDIR'].includes(error.code)) return fs.S_IFLNK;
    fileError(entry.path, error);
    return 0;
  }
}

const UNITS: Readonly<Record<string, number>> = { b: 512, c: 1, w: 2, k: 1024, M: 2 ** 20, G: 2 ** 30 };

function size(args: Arguments) {
  const text = args.argument();
  if (text === '') return fatal('invalid null argument to -size');
  const last = text.at(-1)!;
  let unit = 512;
  let number = text;
  if (!/\d/.test(last)) {
    unit = UNITS[last] ?? fatal(`invalid -size type \`${last}'`);
    number = text.slice(0, -1);
  }
  const comparison = parseComparison(number) ?? fatal(`Invalid argument \`${text}' to -size`);
  return args.test(3, entry => {
    const status = entry.status();
    return status !== undefined && holds(comparison, Math.ceil(status.size / unit));
  });
}

function permissions(args: Arguments) {
  const text = args.argument();
  const kind = text.startsWith('-') ? 'all' : text.startsWith('/') ? 'any' : 'exact';
  const change = parseMode(kind === 'exact' ? text : text.slice(1));
  if (!change || (kind === 'exact' && text.startsWith('+'))) return fatal(`invalid mode ${quote(text)}`);
  const forFile = applyMode(change, 0, 0);
  const forDirectory = applyMode(change, fs.S_IFDIR, 0);
  if (kind === 'any' && forFile === 0) {
    say(
      `warning: you have specified a mode pattern ${text} (which is equivalent to /000). The meaning of -perm /000 has now been changed to be consistent with -perm -000; that is, while it used to match no files, it now matches all files.`,
    );
  }
  return args.test(3, entry => {
    const status = entry.status();
    if (!status) return false;
    const wanted = fs.S_ISDIR(status.mode) ? forDirectory : forFile;
    const bits = status.mode & 0o7777;
    if (kind === 'exact') return bits === wanted;
    return kind === 'all' ? (bits & wanted) === wanted : wanted === 0 || (bits & wanted) !== 0;
  });
}

function number(value: (status: fs.FileStatus) => number): Maker {
  return args => {
    const text = args.next();
    if (text === undefined) return args.invalid(args.name);
    const comparison = parseComparison(text) ?? args.invalid(text);
    return args.test(3, entry => {
      const status = entry.status();
      return status !== undefined && holds(comparison, value(status));
    });
  };
}

function status(test: (status: fs.FileStatus, entry: Entry) => boolean): Maker {
  return args =>
    args.test(3, entry => {
      const found = entry.status();
      return found !== undefined && test(found, entry);
    });
}

/** -user and -group: a name, or a number. */
function owner(field: 'uid' | 'gid', find: (name: string) => number | undefined, what: string): Maker {
  return args => {
    const text = args.argument();
    if (text === '') return fatal(`The argument to ${args.name} should not be empty`);
    const id = find(text) ?? (/^\d+$/.test(text) ? Number(text) : undefined);
    if (id === undefined) return fatal(`${quote(text)} is not the name of ${what}`);
    return args.test(3, entry => entry.status()?.[field] === id);
  };
}

function access(mode: number): Maker {
  return args =>
    args.test(3, entry => {
      try {
        faccessat(entry.directory, entry.access, mode);
        return true;
      } catch (error) {
        if (error instanceof SysError) return false;
        throw error;
      }
    });
}

function isEmpty(entry: Entry): boolean {
  if (entry.type === fs.S_IFREG) return entry.status()?.size === 0;
  if (!entry.isDirectory) return false;
  try {
    const fd = openat(entry.directory, entry.access, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    try {
      return readdir(fd).length === 0;
    } finally {
      close(fd);
    }
  } catch (error) {
    fileError(entry.path, error);
    return false;
  }
}

export const attributeTests: Makers = {
  type: args => {
    const types = parseTypes(args);
    return args.test(2, entry => types.has(entry.type));
  },
  xtype: args => {
    const types = parseTypes(args);
    return args.test(3, entry =>
      types.has(entry.isFollowed || entry.type === fs.S_IFLNK ? otherWayType(entry) : entry.type),
    );
  },
  size,
  perm: permissions,
  links: number(found => found.nlink),
  inum: number(found => found.ino),
  uid: number(found => found.uid),
  gid: number(found => found.gid),
  user: owner('uid', name => userByName(name)?.uid, 'a known user'),
  group: owner('gid', name => groupByName(name)?.gid, 'an existing group'),
  nouser: status(found => userById(found.uid) === undefined),
  nogroup: status(found => groupById(found.gid) === undefined),
  empty: args => args.test(3, isEmpty),
  readable: access(R_OK),
  writable: access(W_OK),
  executable: access(X_OK),
  samefile: args => {
    const { dev, ino } = referenceStatus(args, args.argument());
    return args.test(3, entry => {
      const found = entry.status();
      return found !== undefined && found.ino === ino && found.dev === dev;
    });
  },
  context: () => fatal('invalid predicate -context: SELinux is not enabled.'),
  fstype: args => {
    const type = args.argument();
    return args.test(3, entry => {
      const found = entry.status();
      return found !== undefined && fileSystemOf(found.dev) === type;
    });
  },
};
