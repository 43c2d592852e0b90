/** uname(1), arch(1), hostname(1), nproc(1), tty(1): about the system. */
import { parse, usageError } from '../libc/getopt.ts';
import { env, fail } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { gethostname, isatty, sethostname, ttyname } from '../libc/unistd.ts';
import { uname } from '../libc/utsname.ts';
import { withBuffer } from '../libc/memory.ts';
import { syscall } from '../libc/native.ts';
import { SYS_sched_getaffinity } from '../../kernel/abi/syscall-numbers.ts';
import { quietly, reason } from './lib/errors.ts';
import { readFile } from './lib/mounts.ts';
import { quote } from './lib/quote.ts';

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'asnrvmpio',
    long: {
      all: 'a', 'kernel-name': 's', sysname: 's', nodename: 'n', 'kernel-release': 'r', release: 'r', 'kernel-version': 'v',
      machine: 'm', processor: 'p', 'hardware-platform': 'i', 'operating-system': 'o',
    }, // prettier-ignore
    usage: `Usage: uname [OPTION]...
Print certain system information.  With no OPTION, same as -s.

  -a, --all                print all information, in the following order, except omit -p and -i if unknown
  -s, --kernel-name        print the kernel name
  -n, --nodename           print the network node hostname
  -r, --kernel-release     print the kernel release
  -v, --kernel-version     print the kernel version
  -m, --machine            print the machine hardware name
  -p, --processor          print the processor type
  -i, --hardware-platform  print the hardware platform
  -o, --operating-system   print the operating system
`,
  });
  if (found.operands.length > 0) return usageError(argv[0]!, `extra operand ${quote(found.operands[0]!)}`);
  const names = uname();
  const all = found.has('a');
  const parts: string[] = [];
  const has = (key: string) => all || found.has(key);
  if (has('s') || found.options.length === 0) parts.push(names.sysname);
  if (has('n')) parts.push(names.nodename);
  if (has('r')) parts.push(names.release);
  if (has('v')) parts.push(names.version);
  if (has('m')) parts.push(names.machine);
  if (found.has('p') && !all) parts.push('unknown');
  if (found.has('i') && !all) parts.push('unknown');
  if (has('o')) parts.push('GNU/Linux');
  stdout.write(parts.join(' ') + '\n');
  return 0;
}

export function arch(argv: string[]): number {
  parse(argv, { usage: 'Usage: arch [OPTION]...\nPrint machine architecture.\n' });
  stdout.write(uname().machine + '\n');
  return 0;
}

export function hostname(argv: string[]): number {
  const found = parse(argv, {
    short: 'adfF:iIsy',
    long: { file: 'F', short: 's', long: 'f', fqdn: 'f', domain: 'd' },
    usage: `Usage: hostname [-s|-f|-d] [NAME]
       hostname -F FILE
Show or set the system's host name.

  -s, --short   up to the first dot
  -d, --domain  what follows the first dot
  -f, --fqdn    the whole name
  -F, --file    set the name from a file
`,
  });
  const set = (name: string): number => {
    try {
      sethostname(name);
      return 0;
    } catch (error) {
      return fail(
        1,
        reason(error) === 'Operation not permitted'
          ? 'you must be root to change the host name'
          : `sethostname: ${reason(error)}`,
      );
    }
  };
  const file = found.value('F');
  if (file !== undefined) {
    try {
      const line = readFile(file)
        .split('\n')
        .find(text => text.trim() !== '' && !text.startsWith('#'));
      return set((line ?? '').trim());
    } catch (error) {
      return fail(1, `can't open '${file}': ${reason(error)}`);
    }
  }
  if (found.operands.length > 0) return set(found.operands[0]!);
  const name = gethostname();
  const dot = name.indexOf('.');
  if (found.has('s')) stdout.write(`${dot < 0 ? name : name.slice(0, dot)}\n`);
  else if (found.has('d')) stdout.write(dot < 0 ? '' : `${name.slice(dot + 1)}\n`);
  else stdout.write(name + '\n');
  return 0;
}

/** Processors of this process's affinity mask. */
function availableProcessors(): number {
  return withBuffer(128, buffer => {
    buffer.bytes.fill(0);
    const length = syscall(SYS_sched_getaffinity, 0, 128, buffer.address);
    let count = 0;
    for (const byte of buffer.bytes.subarray(0, length))
      for (let bits = byte; bits; bits &= bits - 1) count++;
    return count;
  });
}

export function nproc(argv: string[]): number {
  const found = parse(argv, {
    long: { all: 'all', ignore: 'ignore:' },
    usage: `Usage: nproc [OPTION]...
Print the number of processing units available to the current process.

      --all      print the number of installed processors
      --ignore=N  if possible, exclude N processing units
`,
  });
  if (found.operands.length > 0) return usageError(argv[0]!, `extra operand ${quote(found.operands[0]!)}`);
  const ignoreText = found.value('ignore') ?? '0';
  if (!/^\d+$/.test(ignoreText)) return fail(1, `invalid number: ${quote(ignoreText)}`);
  let count = availableProcessors();
  if (found.has('all')) {
    const list = quietly(() => readFile('/proc/cpuinfo'));
    count = list?.match(/^processor\s*:/gm)?.length ?? count;
  } else {
    const limit = (name: string) =>
      /^[1-9]\d*/.test(env.get(name) ?? '') ? parseInt(env.get(name)!, 10) : undefined;
    count = Math.min(limit('OMP_NUM_THREADS') ?? count, limit('OMP_THREAD_LIMIT') ?? Infinity);
  }
  stdout.write(`${Math.max(1, count - Number(ignoreText))}\n`);
  return 0;
}

export function tty(argv: string[]): number {
  const found = parse(argv, {
    short: 's',
    long: { silent: 's', quiet: 's' },
    usage:
      'Usage: tty [OPTION]...\nPrint the file name of the terminal connected to standard input.\n\n  -s, --silent, --quiet   print nothing, only return an exit status\n',
    failure: 2,
  });
  if (found.operands.length > 0) return usageError(argv[0]!, `extra operand ${quote(found.operands[0]!)}`, 2);
  if (found.has('s')) return isatty(0) ? 0 : 1;
  const name = quietly(() => ttyname(0));
  stdout.write(`${name ?? 'not a tty'}\n`);
  return name === undefined ? 1 : 0;
}
