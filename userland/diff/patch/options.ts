/** The command line of patch. */
import { type Options, scan, UsageError } from '../../libc/getopt.ts';
import { programName } from '../../libc/stdlib.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { exit } from '../../libc/unistd.ts';
import { USAGE } from './usage.ts';
import type { PatchFormat } from './reader.ts';

export interface PatchOptions {
  readonly file: string | undefined;
  readonly input: string | undefined;
  readonly strip: number | undefined;
  readonly directory: string | undefined;
  readonly isReversed: boolean;
  readonly ignoresApplied: boolean;
  readonly isForced: boolean;
  readonly isBatch: boolean;
  readonly makesBackup: boolean;
  readonly backupIfMismatch: boolean;
  readonly suffix: string;
  readonly prefix: string;
  readonly basenamePrefix: string;
  readonly isNumbered: boolean;
  readonly output: string | undefined;
  readonly rejects: string | undefined;
  readonly isDryRun: boolean;
  readonly isSilent: boolean;
  readonly isVerbose: boolean;
  readonly removesEmpty: boolean;
  readonly maxFuzz: number;
  readonly ignoresSpace: boolean;
  readonly format: PatchFormat | undefined;
}

/** Trouble that ends patch. */
export function fatal(message: string): never {
  stdout.flush();
  stderr.write(`${programName}: **** ${message}\n`);
  return exit(2);
}

function usageFailure(message: string): never {
  stderr.write(
    `${programName}: ${message}\n${programName}: Try '${programName} --help' for more information.\n`,
  );
  return exit(2);
}

function number(text: string, what: string): number {
  if (!/^\d+$/.test(text)) return fatal(`${what} ${text} is not a number`);
  return Number(text);
}

function read(argv: readonly string[]): Options {
  try {
    return scan(argv, {
      short: 'bB:cd:D:eEfF:g:i:lnNo:p:r:RstTuvV:x:Y:z:Z',
      long: {
        backup: 'b',
        prefix: 'B',
        context: 'c',
        directory: 'd',
        ed: 'e',
        'remove-empty-files': 'E',
        force: 'f',
        fuzz: 'F',
        get: 'g',
        help: '--help',
        input: 'i',
        'ignore-whitespace': 'l',
        normal: 'n',
        forward: 'N',
        output: 'o',
        strip: 'p',
        'reject-file': 'r',
        reverse: 'R',
        quiet: 's',
        silent: 's',
        batch: 't',
        'set-time': 'T',
        unified: 'u',
        version: 'v',
        'version-control': 'V',
        'basename-prefix': 'Y',
        suffix: 'z',
        'set-utc': 'Z',
        'dry-run': 'dry',
        verbose: 'verbose',
        binary: 'binary',
        'backup-if-mismatch': 'mismatch',
        'no-backup-if-mismatch': 'nomismatch',
        posix: 'posix',
        'quoting-style': 'quoting:',
        'reject-format': 'rejectformat:',
        'read-only': 'readonly:',
        merge: 'merge::',
      },
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return usageFailure(error.message);
  }
}

export function readOptions(argv: string[]): PatchOptions {
  const found = read(argv);
  if (found.has('--help')) {
    stdout.write(USAGE);
    exit(0);
  }
  if (found.has('v')) {
    stdout.write('patch (Lodger) 0.1.0\n');
    exit(0);
  }
  for (const [key, name] of [
    ['D', '-D'],
    ['e', '-e'],
    ['merge', '--merge'],
  ] as const) {
    if (found.has(key)) fatal(`option ${name} is not supported`);
  }
  const { operands } = found;
  if (operands.length > 2) usageFailure(`${operands[2]}: extra operand`);
  const strip = found.value('p');
  const fuzz = found.value('F');
  const control = found.value('V') ?? '';
  return {
    file: operands[0],
    input: found.value('i') ?? operands[1],
    strip: strip === undefined ? undefined : number(strip, 'strip count'),
    directory: found.value('d'),
    isReversed: found.has('R'),
    ignoresApplied: found.has('N'),
    isForced: found.has('f'),
    isBatch: found.has('t'),
    makesBackup: found.has('b'),
    backupIfMismatch: (found.last('mismatch', 'nomismatch', 'posix') ?? 'mismatch') === 'mismatch',
    suffix: found.value('z') ?? '.orig',
    prefix: found.value('B') ?? '',
    basenamePrefix: found.value('Y') ?? '',
    isNumbered: control.startsWith('num') || control === 't',
    output: found.value('o'),
    rejects: found.value('r'),
    isDryRun: found.has('dry'),
    isSilent: found.has('s'),
    isVerbose: found.has('verbose'),
    removesEmpty: found.has('E'),
    maxFuzz: fuzz === undefined ? 2 : number(fuzz, 'fuzz factor'),
    ignoresSpace: found.has('l'),
    format: found.has('u') ? 'unified' : found.has('c') ? 'context' : found.has('n') ? 'normal' : undefined,
  };
}
