/** mountpoint(1): whether a directory is where a file system is mounted; -d its device, -x a device's own number. */
import { parse, usageError } from '../libc/getopt.ts';
import { S_ISBLK, S_ISDIR, S_ISLNK, lstat, stat } from '../libc/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { programName } from '../libc/stdlib.ts';
import { SysError } from '../libc/native.ts';
import { majorOf, minorOf } from '../../kernel/abi/stat.ts';
import { mountTable } from '../coreutils/lib/mounts.ts';
import { realPath } from '../coreutils/lib/realpath.ts';

const NOT_A_MOUNT = 32;

const usage = `
Usage:
 mountpoint [-qd] /path/to/directory
 mountpoint -x /dev/device

Check whether a directory or file is a mountpoint.

Options:
 -q, --quiet        quiet mode - don't print anything
     --nofollow     do not follow symlink
 -d, --fs-devno     print maj:min device number of the filesystem
 -x, --devno        print maj:min device number of the block device

 -h, --help         display this help
 -V, --version      display version

For more details see mountpoint(1).
`;

export function mountpoint(argv: string[]): number {
  const found = parse(argv, {
    short: 'qdxhV',
    long: { quiet: 'q', 'fs-devno': 'd', devno: 'x', nofollow: 'nofollow' },
    usage,
  });
  const [path] = found.operands;
  if (path === undefined || found.operands.length > 1) return usageError(argv[0]!, 'bad usage');
  const isQuiet = found.has('q');
  const say = (text: string): void => {
    if (!isQuiet) stdout.write(text);
  };
  const complain = (text: string): void => {
    if (!isQuiet) stderr.write(`${programName}: ${text}\n`);
  };
  try {
    const status = found.has('nofollow') ? lstat(path) : stat(path);
    if (found.has('x')) {
      if (!S_ISBLK(status.mode)) {
        complain(`${path}: not a block device`);
        return NOT_A_MOUNT;
      }
      stdout.write(`${majorOf(status.rdev)}:${minorOf(status.rdev)}\n`);
      return 0;
    }
    if (found.has('nofollow') && S_ISLNK(status.mode)) {
      say(`${path} is not a mountpoint\n`);
      return NOT_A_MOUNT;
    }
    const real = realPath(path, 'existing');
    const entry = mountTable().findLast(mount => mount.target === real);
    if (!entry && !(S_ISDIR(status.mode) && real === '/')) {
      say(`${path} is not a mountpoint\n`);
      return NOT_A_MOUNT;
    }
    if (found.has('d')) stdout.write(`${majorOf(status.dev)}:${minorOf(status.dev)}\n`);
    else say(`${path} is a mountpoint\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    complain(`${path}: ${error.message}`);
    return 1;
  }
}
