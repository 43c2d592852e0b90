/** mktemp(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { env, fail } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { mkdir, S_ISDIR, tryStat, AT_SYMLINK_NOFOLLOW } from '../libc/stat.ts';
import { close, open } from '../libc/unistd.ts';
import { withBuffer } from '../libc/memory.ts';
import { syscall } from '../libc/native.ts';
import { SYS_getrandom } from '../../kernel/abi/syscall-numbers.ts';
import { O_CREAT, O_EXCL, O_RDWR } from '../../kernel/abi/fcntl.ts';
import { isError, reason } from './lib/errors.ts';
import { join } from './lib/path.ts';
import { quote } from './lib/quote.ts';

const usage = `Usage: mktemp [OPTION]... [TEMPLATE]
Create a temporary file or directory, safely, and print its name.
TEMPLATE must contain at least 3 consecutive 'X's in last component.
If TEMPLATE is not specified, use tmp.XXXXXXXXXX, and --tmpdir is implied.

  -d, --directory     create a directory, not a file
  -u, --dry-run       do not create anything; merely print a name (unsafe)
  -q, --quiet         suppress diagnostics about file/dir-creation failure
      --suffix=SUFF   append SUFF to TEMPLATE; SUFF must not contain a slash
  -p DIR, --tmpdir[=DIR]  interpret TEMPLATE relative to DIR; if DIR is not specified, use $TMPDIR if set, else /tmp
  -t                  interpret TEMPLATE as a single file name component, relative to a directory
`;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function randomLetters(count: number): string {
  return withBuffer(count, buffer => {
    let text = '';
    while (text.length < count) {
      const n = syscall(SYS_getrandom, buffer.address, count - text.length, 0);
      // Bytes past the last whole multiple of 62 would favour the first letters.
      for (const byte of buffer.bytes.subarray(0, n)) if (byte < 248) text += LETTERS[byte % 62];
    }
    return text;
  });
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'dp:qtuV',
    long: { directory: 'd', quiet: 'q', 'dry-run': 'u', suffix: 'suffix:', tmpdir: 'tmpdir::' },
    usage,
  });
  if (found.operands.length > 1) return usageError(argv[0]!, 'too many templates');
  const isQuiet = found.has('q');
  const given = found.operands[0];
  let template = given ?? 'tmp.XXXXXXXXXX';
  const usesDirectory = given === undefined || found.has('p', 't', 'tmpdir');
  let suffix = found.value('suffix');
  if (suffix !== undefined) {
    if (!template.endsWith('X')) return fail(1, `with --suffix, template ${quote(template)} must end in X`);
  } else {
    const last = template.lastIndexOf('X');
    suffix = last < 0 ? '' : template.slice(last + 1);
    template = last < 0 ? template : template.slice(0, last + 1);
  }
  if (suffix.includes('/')) return fail(1, `invalid suffix ${quote(suffix)}, contains directory separator`);
  const count = /X*$/.exec(template)![0].length;
  if (count < 3) return fail(1, `too few X's in template ${quote(template + suffix)}`);
  if (usesDirectory) {
    const option = found.options.findLast(({ key }) => key === 'p' || key === 'tmpdir')?.value;
    const fromEnvironment = env.get('TMPDIR') || '/tmp';
    const directory = found.has('t') ? env.get('TMPDIR') || option || '/tmp' : option || fromEnvironment;
    if (found.has('t') && template.includes('/')) {
      return fail(1, `invalid template, ${quote(template + suffix)}, contains directory separator`);
    }
    if (template.startsWith('/')) {
      return fail(1, `invalid template, ${quote(template + suffix)}; with --tmpdir, it may not be absolute`);
    }
    template = join(directory, template);
  }
  const what = found.has('d') ? 'directory' : 'file';
  for (let attempt = 0; ; attempt++) {
    const name = template.slice(0, -count) + randomLetters(count) + suffix;
    try {
      if (found.has('u')) {
        if (tryStat(name, AT_SYMLINK_NOFOLLOW)) continue;
        const parent = tryStat(name.slice(0, name.lastIndexOf('/') + 1) || '.');
        if (!parent || !S_ISDIR(parent.mode)) mkdir(name, 0);
      } else if (found.has('d')) mkdir(name, 0o700);
      else close(open(name, O_RDWR | O_CREAT | O_EXCL, 0o600));
      stdout.write(name + '\n');
      return 0;
    } catch (error) {
      if (isError(error, 'EEXIST') && attempt < 1000) continue;
      const text = reason(error);
      if (isQuiet) return 1;
      return fail(1, `failed to create ${what} via template ${quote(template + suffix)}: ${text}`);
    }
  }
}
