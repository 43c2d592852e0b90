/** sysctl(8) of procps-ng: the files below /proc/sys by dotted names. */
import { O_TRUNC, O_WRONLY } from '../libc/fcntl.ts';
import { readdir, DT_DIR } from '../libc/dirent.ts';
import { SysError } from '../libc/native.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { warn } from '../libc/stdlib.ts';
import { close, open, writeAll } from '../libc/unistd.ts';
import { readFile, tryReadFile, unlessFailed } from './lib/files.ts';
import { pattern } from './lib/pattern.ts';
import { parseVerbose, showUsage } from './lib/usage.ts';

const ROOT = '/proc/sys';

const usage = `
Usage:
 sysctl [options] [variable[=value] ...]

Options:
  -a, --all            display all variables
  -A                   alias of -a
  -X                   alias of -a
      --deprecated     include deprecated parameters to listing
      --dry-run        Print the key and values but do not write
  -b, --binary         print value without new line
  -e, --ignore         ignore unknown variables errors
  -N, --names          print variable names without values
  -n, --values         print only values of the given variable(s)
  -p, --load[=<file>]  read values from file
  -f                   alias of -p
      --system         read values from all system directories
  -r, --pattern <expression>
                       select setting that match expression
  -q, --quiet          do not echo variable set
  -w, --write          enable writing a value to variable
  -o                   does nothing
  -x                   does nothing
  -d                   alias of -h

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see sysctl(8).
`;

function pathOf(key: string): string {
  const hasSlash = key.includes('/') && (!key.includes('.') || key.indexOf('/') < key.indexOf('.'));
  return `${ROOT}/${hasSlash ? key : key.replace(/[./]/g, c => (c === '.' ? '/' : '.'))}`;
}
const nameOf = (path: string): string =>
  path.slice(ROOT.length + 1).replace(/[./]/g, c => (c === '/' ? '.' : '/'));

function* filesBelow(directory: string): Generator<string> {
  const entries = (unlessFailed(() => readdir(directory)) ?? []).slice();
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, type } of entries) {
    const path = `${directory}/${name}`;
    if (type === DT_DIR) yield* filesBelow(path);
    else yield path;
  }
}

export function sysctl(argv: string[]): number {
  const found = parseVerbose(argv, {
    short: 'aAXbefhnNopqr:wxVd',
    long: {
      all: 'a', binary: 'b', ignore: 'e', names: 'N', values: 'n', load: 'load::', system: 'system', pattern: 'r',
      quiet: 'q', write: 'w', 'dry-run': 'dry', help: '--help', version: '--version', deprecated: 'x',
    }, // prettier-ignore
    usage,
  });
  if (found.has('h', 'd')) {
    stdout.write(usage);
    return 0;
  }
  const matcher = found.has('r') ? pattern(found.value('r')!, 'exact') : undefined;
  let status = 0;
  const show = (path: string, quietly: boolean): void => {
    const name = nameOf(path);
    if (matcher && !matcher.test(name)) return;
    if (found.has('N')) return stdout.write(`${name}\n`);
    let value: string;
    try {
      value = readFile(path);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (quietly && (error.code === 'EACCES' || error.code === 'EIO')) return;
      if (error.code === 'EACCES' || error.code === 'EPERM') warn(`permission denied on key '${name}'`);
      else warn(`reading key "${name}": ${error.message}`);
      status = 1;
      return;
    }
    const lines = value.replace(/\n$/, '').split('\n');
    for (const line of lines) {
      const end = found.has('b') ? '' : '\n';
      stdout.write(found.has('n', 'b') ? line + end : `${name} = ${line}${end}`);
    }
  };
  const set = (text: string): void => {
    const equals = text.indexOf('=');
    if (equals <= 0) {
      warn(`"${text}" must be of the form name=value`);
      status = 1;
      return;
    }
    const isQuietError = text.startsWith('-');
    const key = text.slice(isQuietError ? 1 : 0, equals).trim();
    const value = text.slice(equals + 1).trim();
    const path = pathOf(key);
    try {
      if (!found.has('dry')) {
        const fd = open(path, O_WRONLY | O_TRUNC);
        try {
          writeAll(fd, `${value}\n`);
        } finally {
          close(fd);
        }
      }
      if (found.has('q')) return;
      stdout.write(
        found.has('n') ? `${value}\n` : found.has('N') ? `${nameOf(path)}\n` : `${nameOf(path)} = ${value}\n`,
      );
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === 'ENOENT') {
        if (found.has('e')) return;
        warn(`cannot stat ${path}: ${error.message}`);
      } else if (error.code === 'EACCES' || error.code === 'EPERM')
        warn(`permission denied on key "${nameOf(path)}"`);
      else warn(`setting key "${nameOf(path)}": ${error.message}`);
      if (!isQuietError) status = 1;
    }
  };
  if (found.has('p', 'f', 'load', 'system')) {
    const files = found.has('system')
      ? ['/etc/sysctl.conf']
      : [found.value('load') ?? found.operands[0] ?? '/etc/sysctl.conf'];
    for (const file of files) {
      const text = tryReadFile(file);
      if (text === undefined) {
        stderr.write(`sysctl: cannot open "${file}": No such file or directory\n`);
        return 1;
      }
      for (const line of text.split('\n')) if (!/^\s*([#;]|$)/.test(line)) set(line.trim());
    }
    return status;
  }
  if (found.has('a', 'A', 'X')) {
    for (const path of filesBelow(ROOT)) show(path, true);
    return status;
  }
  if (found.operands.length === 0) return showUsage(usage);
  for (const word of found.operands) {
    if (word.includes('=') || found.has('w')) {
      set(word);
      continue;
    }
    const path = pathOf(word);
    const below = unlessFailed(() => readdir(path));
    if (below) for (const file of filesBelow(path)) show(file, true);
    else if (tryReadFile(path) === undefined && !found.has('N')) {
      if (found.has('e')) continue;
      try {
        close(open(path, 0));
        show(path, false);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        warn(`cannot stat ${path}: ${error.message}`);
        status = 1;
      }
    } else show(path, false);
  }
  return status;
}
