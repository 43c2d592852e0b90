/** sed(1): GNU sed 4.9. The parts: parse.ts reads the script, execute.ts runs it. */
import { O_RDONLY } from '../../libc/fcntl.ts';
import { isUtf8Locale } from '../../libc/fnmatch.ts';
import { scan, UsageError } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { readText, stderr, stdout } from '../../libc/stdio.ts';
import { env, fail } from '../../libc/stdlib.ts';
import { close, open } from '../../libc/unistd.ts';
import { SedMachine } from './execute.ts';
import { ScriptParser } from './parse.ts';
import { ScriptError } from './script.ts';

const USAGE = `Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...

  -n, --quiet, --silent
                 suppress automatic printing of pattern space
      --debug
                 annotate program execution
  -e script, --expression=script
                 add the script to the commands to be executed
  -f script-file, --file=script-file
                 add the contents of script-file to the commands to be executed
  --follow-symlinks
                 follow symlinks when processing in place
  -i[SUFFIX], --in-place[=SUFFIX]
                 edit files in place (makes backup if SUFFIX supplied)
  -l N, --line-length=N
                 specify the desired line-wrap length for the \`l' command
  --posix
                 disable all GNU extensions.
  -E, -r, --regexp-extended
                 use extended regular expressions in the script
                 (for portability use POSIX -E).
  -s, --separate
                 consider files as separate rather than as a single,
                 continuous long stream.
      --sandbox
                 operate in sandbox mode (disable e/r/w commands).
  -u, --unbuffered
                 load minimal amounts of data from the input files and flush
                 the output buffers more often
  -z, --null-data
                 separate lines by NUL characters
      --help     display this help and exit
      --version  output version information and exit

If no -e, --expression, -f, or --file option is given, then the first
non-option argument is taken as the sed script to interpret.  All
remaining arguments are names of input files; if no input files are
specified, then the standard input is read.

GNU sed home page: <https://www.gnu.org/software/sed/>.
General help using GNU software: <https://www.gnu.org/gethelp/>.
`;

const SPEC = {
  short: 'bsnrzuEe:f:l:i::V:hs',
  long: {
    quiet: 'n',
    silent: 'n',
    debug: 'debug',
    expression: 'e',
    file: 'f',
    'follow-symlinks': 'follow-symlinks',
    'in-place': 'i',
    'line-length': 'l',
    posix: 'posix',
    'regexp-extended': 'E',
    separate: 's',
    sandbox: 'sandbox',
    unbuffered: 'u',
    'null-data': 'z',
    'zero-terminated': 'z',
    binary: 'b',
    help: 'help',
    version: 'version',
  },
};

export function sed(argv: string[]): number {
  let found;
  try {
    found = scan(argv, SPEC, env.has('POSIXLY_CORRECT'));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`sed: ${error.message}\n${USAGE}`);
    return 1;
  }
  if (found.has('help', 'h')) {
    stdout.write(USAGE);
    return 0;
  }
  if (found.has('version')) {
    stdout.write('sed (Lodger) 4.9\n');
    return 0;
  }
  const isUtf8 = isUtf8Locale();
  const parser = new ScriptParser({
    isExtended: found.has('E', 'r'),
    isUtf8,
    isSandboxed: found.has('sandbox'),
  });
  try {
    for (const { key, value } of found.options) {
      if (key === 'e') parser.addExpression(value!);
      if (key === 'f') parser.addFile(value!, readScript(value!));
    }
    if (!found.has('e', 'f')) {
      const script = found.operands.shift();
      if (script === undefined) {
        stderr.write(USAGE);
        return 1;
      }
      parser.addExpression(script);
    }
    const script = parser.finish();
    const lineLength = found.value('l');
    const machine = new SedMachine(script, found.operands, {
      delimiter: found.has('z') ? '\0' : '\n',
      isSeparate: found.has('s'),
      inPlace: found.has('i') ? (found.value('i') ?? '') : undefined,
      isUnbuffered: found.has('u'),
      isQuiet: found.has('n') || script.isQuiet,
      lineLength: lineLength === undefined ? 70 : Number(lineLength),
      isUtf8,
      isPosix: found.has('posix') || env.has('POSIXLY_CORRECT'),
    });
    return machine.run();
  } catch (error) {
    if (error instanceof ScriptError) return fail(error.status, error.message);
    throw error;
  }
}

function readScript(name: string): string {
  try {
    const fd = name === '-' ? 0 : open(name, O_RDONLY);
    const text = readText(fd);
    if (fd !== 0) close(fd);
    return text;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new ScriptError(`couldn't open file ${name}: ${error.message}`, 4);
  }
}
