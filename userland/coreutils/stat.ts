/** stat(1): file and file-system status. */
import { parse, usageError } from '../libc/getopt.ts';
import { env, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import * as fs from '../libc/stat.ts';
import { statfs } from '../libc/mount.ts';
import { localtime, strftime, type Timespec } from '../libc/time.ts';
import { readlink } from '../libc/unistd.ts';
import { type Directive, formatInteger, formatString } from './lib/directive.ts';
import { quietly, reason } from './lib/errors.ts';
import { escapeAt } from './lib/escapes.ts';
import { fileSystemName } from './lib/file-systems.ts';
import { groupName, userName } from './lib/owner.ts';
import { mountPointOf } from './lib/mounts.ts';
import { quoteaf, quotef } from './lib/quote.ts';
import { kindOf } from './lib/remove.ts';

const usage = `Usage: stat [OPTION]... FILE...
Display file or file system status.

  -L, --dereference     follow links
  -f, --file-system     display file system status instead of file status
  -c  --format=FORMAT   use the specified FORMAT instead of the default; output a newline after each use
      --printf=FORMAT   like --format, but interpret backslash escapes, and do not output a mandatory newline
  -t, --terse           print the information in terse form

Format sequences for files: %a %A mode, %b %B blocks, %C, %d %D device, %f raw mode, %F type, %g %G group, %h links,
%i inode, %m mount point, %n %N name, %o block size, %r %t %T device type, %s size, %u %U user, %w %W birth,
%x %X access, %y %Y modification, %z %Z status change.
For file systems: %a %b %f blocks, %c %d inodes, %i ID, %l name length, %n name, %s %S block size, %t %T type.
`;

const DEFAULT =
  '  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-10i  Links: %h\n' +
  'Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n';
const DEVICE = DEFAULT.replace('Links: %h\n', 'Links: %-5h Device type: %Hr,%Lr\n');
const FS_DEFAULT =
  '  File: "%n"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\n' +
  'Blocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n';
const TERSE = '%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n';
const FS_TERSE = '%n %i %l %t %s %S %b %f %a %c %d\n';

type Value = number | bigint | string | { readonly time: Timespec | undefined };

interface Subject {
  readonly name: string;
  readonly status: fs.FileStatus;
  readonly isFollowed: boolean;
  /** By a format of the user's: names are in quotes always. */
  readonly isFormatted: boolean;
}

function isDevice(mode: number): boolean {
  return fs.S_ISCHR(mode) || fs.S_ISBLK(mode);
}

function quotedName(subject: Subject): string {
  const { name, status } = subject;
  const show =
    env.get('QUOTING_STYLE') === 'literal' ? (text: string) => text : subject.isFormatted ? quoteaf : quotef;
  if (!fs.S_ISLNK(status.mode)) return show(name);
  const target = quietly(() => readlink(name)) ?? '';
  return `${show(name)} -> ${show(target)}`;
}

function human(time: Timespec | undefined): string {
  return time ? strftime('%Y-%m-%d %H:%M:%S.%N %z', localtime(time.sec), time.nsec) : '-';
}

/** The value of a directive for a file and how it is shown; `modifier` is H or L (major, minor). */
function fileValue(
  letter: string,
  modifier: string,
  subject: Subject,
): { value: Value; conversion: string } | undefined {
  const { status, name } = subject;
  const number = (value: number) => ({ value, conversion: 'u' });
  const text = (value: string) => ({ value, conversion: 's' });
  const device = (n: number) =>
    modifier === 'H' ? number(fs.majorOf(n)) : modifier === 'L' ? number(fs.minorOf(n)) : undefined;
  const birth = () => quietly(() => fs.birthTime(name, subject.isFollowed ? 0 : fs.AT_SYMLINK_NOFOLLOW));
  switch (letter) {
    case 'a':
      return { value: status.mode & 0o7777, conversion: 'o' };
    case 'A':
      return text(fs.modeString(status.mode));
    case 'b':
      return number(status.blocks);
    case 'B':
      return number(512);
    case 'C':
      return text('?');
    case 'd':
      return device(status.dev) ?? number(status.dev);
    case 'D':
      return { value: status.dev, conversion: 'x' };
    case 'f':
      return { value: status.mode, conversion: 'x' };
    case 'F':
      return text(kindOf(status));
    case 'g':
      return number(status.gid);
    case 'G':
      return text(groupName(status.gid));
    case 'h':
      return number(status.nlink);
    case 'i':
      return number(status.ino);
    case 'm':
      return text(quietly(() => mountPointOf(name)) ?? '?');
    case 'n':
      return text(name);
    case 'N':
      return text(quotedName(subject));
    case 'o':
      return number(status.blksize);
    case 'r':
      return device(status.rdev) ?? number(status.rdev);
    case 's':
      return { value: status.size, conversion: 'd' };
    case 't':
      return { value: fs.majorOf(status.rdev), conversion: 'x' };
    case 'T':
      return { value: fs.minorOf(status.rdev), conversion: 'x' };
    case 'u':
      return number(status.uid);
    case 'U':
      return text(userName(status.uid));
    case 'w':
      return text(human(birth()));
    case 'W':
      return { value: { time: birth() }, conversion: 'd' };
    case 'x':
      return text(human(status.atime));
    case 'X':
      return { value: { time: status.atime }, conversion: 'd' };
    case 'y':
      return text(human(status.mtime));
    case 'Y':
      return { value: { time: status.mtime }, conversion: 'd' };
    case 'z':
      return text(human(status.ctime));
    case 'Z':
      return { value: { time: status.ctime }, conversion: 'd' };
    default:
      return undefined;
  }
}

function fileSystemValue(
  letter: string,
  name: string,
  s: ReturnType<typeof statfs>,
): { value: Value; conversion: string } | undefined {
  const number = (value: number) => ({ value, conversion: 'u' });
  switch (letter) {
    case 'a':
      return number(s.bavail);
    case 'b':
      return number(s.blocks);
    case 'c':
      return number(s.files);
    case 'd':
      return number(s.ffree);
    case 'f':
      return number(s.bfree);
    case 'i':
      return {
        value: (BigInt(s.fsid % 2 ** 32) << 32n) | BigInt(Math.floor(s.fsid / 2 ** 32)),
        conversion: 'x',
      };
    case 'l':
      return number(s.namelen);
    case 'n':
      return { value: name, conversion: 's' };
    case 's':
      return number(s.bsize);
    case 'S':
      return number(s.frsize || s.bsize);
    case 't':
      return { value: s.type, conversion: 'x' };
    case 'T':
      return { value: fileSystemName(s.type), conversion: 's' };
    default:
      return undefined;
  }
}

function showTime(time: Timespec | undefined, directive: Directive): string {
  const { sec, nsec } = time ?? { sec: 0, nsec: 0 };
  if (directive.precision === undefined) return formatInteger(BigInt(sec), directive);
  // %.3X: seconds with a fraction.
  const digits = directive.precision || 9;
  const text = `${sec}.${String(nsec).padStart(9, '0').slice(0, Math.min(9, digits)).padEnd(digits, '0')}`;
  return formatString(text, { ...directive, precision: undefined });
}

type Lookup = (letter: string, modifier: string) => { value: Value; conversion: string } | undefined;

function expand(format: string, lookup: Lookup, hasEscapes: boolean): string {
  let out = '';
  for (let at = 0; at < format.length;) {
    const c = format[at]!;
    if (c === '\\' && hasEscapes) {
      const escape = escapeAt(format, at, '%b');
      out += escape.text ?? '';
      at += escape.length;
      continue;
    }
    const found = c === '%' ? /^%([-+ #0']*)(\d*)(?:\.(\d*))?([HL]?)(.?)/s.exec(format.slice(at)) : null;
    if (!found) {
      out += c;
      at++;
      continue;
    }
    const [whole, flags, width, precision, modifier, letter] = found;
    at += whole.length;
    if (letter === '%' || letter === '') {
      out += '%';
      continue;
    }
    const item = lookup(letter!, modifier!);
    if (!item) {
      out += '?';
      continue;
    }
    const directive: Directive = {
      flags: flags!,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      conversion: item.conversion,
    };
    if (typeof item.value === 'object') out += showTime(item.value.time, directive);
    else if (typeof item.value === 'string') out += formatString(item.value, directive);
    else out += formatInteger(BigInt(item.value), directive);
  }
  return out;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'c:fLt',
    long: {
      dereference: 'L',
      'file-system': 'f',
      format: 'c',
      printf: 'printf:',
      terse: 't',
      cached: 'cached:',
    },
    usage,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  const isFileSystem = found.has('f');
  const last = found.options.findLast(option => option.key === 'c' || option.key === 'printf');
  const given = last && (last.key === 'c' ? last.value! + '\n' : last.value!);
  let status = 0;
  for (const name of found.operands) {
    try {
      if (isFileSystem) {
        const values = statfs(name);
        const format = given ?? (found.has('t') ? FS_TERSE : FS_DEFAULT);
        stdout.write(expand(format, letter => fileSystemValue(letter, name, values), last?.key !== 'c'));
        continue;
      }
      const isFollowed = found.has('L');
      const own = name === '-' ? fs.fstat(0) : isFollowed ? fs.stat(name) : fs.lstat(name);
      const subject = { name, status: own, isFollowed, isFormatted: given !== undefined };
      const format = given ?? (found.has('t') ? TERSE : isDevice(own.mode) ? DEVICE : DEFAULT);
      stdout.write(
        expand(format, (letter, modifier) => fileValue(letter, modifier, subject), last?.key !== 'c'),
      );
    } catch (error) {
      const text = reason(error);
      status = 1;
      if (isFileSystem) warn(`cannot read file system information for ${quoteaf(name)}: ${text}`);
      else if (name === '-') warn(`cannot stat standard input: ${text}`);
      else warn(`cannot statx ${quoteaf(name)}: ${text}`);
    }
  }
  return status;
}
