/** What the commands that talk to a running guest have in common: `lodger exec`, `attach`, `ps`, `stop`. */
import { fromText } from '../../kernel/abi/byte-string.ts';
import { type OptionSpec, type Options, UsageError, scan } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { NoGuest } from './client.ts';

/** There is no guest to do anything with. */
export const STATUS_NO_GUEST = 125;

/** Runs a command on its arguments; says what is wrong with them, or with the guest. argv[0] is the command's name. */
export function subcommand(
  argv: readonly string[],
  usage: string,
  spec: OptionSpec,
  run: (options: Options) => number,
): number {
  try {
    const options = scan(argv, {
      ...spec,
      short: `${spec.short ?? ''}h`,
      long: { ...spec.long, help: 'h' },
    });
    if (!options.has('h')) return run(options);
    stdout.write(fromText(usage));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) complain(`${argv[0]}: ${error.message}; see lodger ${argv[0]} --help`);
    else if (error instanceof NoGuest) complain(error.message);
    else if (error instanceof SysError) complain(`${argv[0]}: ${error.message}`);
    else throw error;
    return STATUS_NO_GUEST;
  }
}

export function complain(message: string): void {
  stderr.write(fromText(`lodger: ${message}\n`));
}

/** The process number that an operand is. UsageError. */
export function pidOf(operand: string | undefined): number {
  if (operand === undefined) throw new UsageError('which guest? lodger ps tells its process number');
  if (!/^[1-9][0-9]{0,9}$/.test(operand)) throw new UsageError(`${operand}: no process number`);
  return Number(operand);
}
