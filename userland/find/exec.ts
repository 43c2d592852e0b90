/**
 * Running programs: -exec, -execdir, -ok, -okdir. A command that ends in `{} +` gets as many names as fit, and what is
 * left when the walk is over.
 */
import { O_CLOEXEC, O_RDONLY } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { spawn, waitpid } from '../libc/process.ts';
import { env, environment } from '../libc/stdlib.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { open, read } from '../libc/unistd.ts';
import { WEXITSTATUS, WIFSIGNALED, WTERMSIG } from '../libc/wait.ts';
import { quote } from '../coreutils/lib/quote.ts';
import type { Arguments, Maker, Makers } from './arguments.ts';
import type { Entry } from './entry.ts';
import type { Primary } from './expression.ts';
import { flushOutputs } from './outputs.ts';
import { fatal, say, setFailed } from './report.ts';

/** Bytes of arguments of one command, as GNU find's. */
const MAX_BYTES = 131_072;

/** Runs a command and waits: true if it exited with 0. */
function runCommand(
  argv: readonly string[],
  cwd: string | undefined,
  isMultiple: boolean,
  stdin?: number,
): boolean {
  flushOutputs();
  let status: number;
  try {
    const fds: [number, number][] = stdin === undefined ? [] : [[0, stdin]];
    status = waitpid(spawn(argv[0]!, argv, { fds, ...(cwd === undefined ? {} : { cwd }) })).status;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    say(`${quote(argv[0]!)}: ${error.message}`);
    if (isMultiple) setFailed();
    return false;
  }
  if (WIFSIGNALED(status)) {
    say(`${quote(argv[0]!)} terminated by signal ${WTERMSIG(status)}`);
    if (isMultiple) setFailed();
    return false;
  }
  if (WEXITSTATUS(status) !== 0 && isMultiple) setFailed();
  return WEXITSTATUS(status) === 0;
}

/** Directory of a file, and the file's name in it, for -execdir. */
function place(path: string): { directory: string; name: string } {
  const bare = path.replace(/(?!^)\/+$/, '');
  if (bare === '/') return { directory: '/', name: '/' };
  const slash = bare.lastIndexOf('/');
  const name = `./${bare.slice(slash + 1)}`;
  return { directory: slash < 0 ? '.' : bare.slice(0, slash) || '/', name };
}

/** `{} +`: collects names. */
class Batch {
  readonly #command: readonly string[];
  readonly #limit: number;
  readonly #isInDirectory: boolean;
  #names: string[] = [];
  #bytes = 0;
  #directory: string | undefined;
  #depth = 0;

  constructor(command: readonly string[], isInDirectory: boolean) {
    this.#command = command;
    this.#isInDirectory = isInDirectory;
    this.#limit = command.reduce((rest, word) => rest - word.length - 1, MAX_BYTES);
    // The arguments and the environment share one limit of the kernel.
    if (environment().reduce((sum, word) => sum + word.length + 1, 0) > 1_900_000) this.#limit = 4096;
  }

  add(entry: Entry): void {
    let name = entry.path;
    if (this.#isInDirectory) {
      const { directory, name: base } = place(entry.path);
      if (directory !== this.#directory || entry.depth !== this.#depth) this.run();
      this.#depth = entry.depth;
      this.#directory = directory;
      name = base;
    }
    if (this.#bytes + name.length + 1 > this.#limit) this.run();
    this.#names.push(name);
    this.#bytes += name.length + 1;
  }

  run(): void {
    if (this.#names.length === 0) return;
    const argv = [...this.#command, ...this.#names];
    this.#names = [];
    this.#bytes = 0;
    runCommand(argv, this.#directory, true);
  }
}

const batches: Batch[] = [];

/** Runs what waits for more names. */
export function finishCommands(): void {
  for (const batch of batches) batch.run();
}

/** The words up to `;` or `{} +`. */
function commandWords(args: Arguments, allowsPlus: boolean): { words: string[]; isBatch: boolean } {
  const words: string[] = [];
  for (;;) {
    const word = args.next();
    if (word === undefined) return fatal(`missing argument to \`${args.name}'`);
    if (word === ';') {
      if (words.length === 0) return args.invalid(word);
      return { words, isBatch: false };
    }
    if (allowsPlus && word === '+' && words.at(-1) === '{}') {
      words.pop();
      if (words.some(other => other.includes('{}'))) {
        return fatal(`Only one instance of {} is supported with ${args.name} ... +`);
      }
      return { words, isBatch: true };
    }
    words.push(word);
  }
}

function checkPath(name: string): void {
  const path = env.get('PATH');
  for (const directory of path?.split(':') ?? []) {
    if (directory === '' || directory === '.') {
      fatal(
        `The current directory is included in the PATH environment variable, which is insecure in combination with the ${name} action of find.  Please remove the current directory from your $PATH (that is, remove ".", doubled colons, or leading or trailing colons)`,
      );
    }
    if (!directory.startsWith('/')) {
      fatal(
        `The relative path ${quote(directory)} is included in the PATH environment variable, which is insecure in combination with the ${name} action of find.  Please remove that entry from $PATH`,
      );
    }
  }
}

/** Asks on standard error: true if the answer begins with y. */
function isConfirmed(program: string, path: string): boolean {
  stdout.flush();
  stderr.write(`< ${program} ... ${path} > ? `);
  const byte = new Uint8Array(1);
  let answer = '';
  while (read(0, byte) > 0 && byte[0] !== 10) answer += String.fromCharCode(byte[0]!);
  return /^[yY]/.test(answer);
}

let nullInput: number | undefined;

function exec(options: { isInDirectory: boolean; asks: boolean }): Maker {
  return (args): Primary => {
    if (options.isInDirectory) checkPath(args.name);
    const { words, isBatch } = commandWords(args, !options.asks);
    if (isBatch) {
      const batch = new Batch(words, options.isInDirectory);
      batches.push(batch);
      return args.test('effect', entry => {
        batch.add(entry);
        return true;
      });
    }
    return args.test('effect', entry => {
      const { directory, name } = options.isInDirectory
        ? place(entry.path)
        : { directory: undefined, name: entry.path };
      if (options.asks) {
        if (!isConfirmed(words[0]!, entry.path)) return false;
        if (nullInput === undefined) nullInput = open('/dev/null', O_RDONLY | O_CLOEXEC);
      }
      const argv = words.map(word => word.replaceAll('{}', () => name));
      return runCommand(argv, directory, false, options.asks ? nullInput : undefined);
    });
  };
}

export const commands: Makers = {
  exec: exec({ isInDirectory: false, asks: false }),
  execdir: exec({ isInDirectory: true, asks: false }),
  ok: exec({ isInDirectory: false, asks: true }),
  okdir: exec({ isInDirectory: true, asks: true }),
};
