/** Running xargs' commands, several at a time with -P, and what their ends mean for its own. */
import { O_CLOEXEC, O_RDONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { spawn, waitpid } from '../../libc/process.ts';
import { environment, fail, warn } from '../../libc/stdlib.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { close, exit, open, read } from '../../libc/unistd.ts';
import { WEXITSTATUS, WIFSIGNALED, WNOHANG, WTERMSIG } from '../../libc/wait.ts';
import { quotef } from '../../coreutils/lib/quote.ts';
import type { XargsOptions } from './options.ts';

const FAILED = 123;
const EXITED_255 = 124;
const KILLED = 125;
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

export class Runner {
  readonly #options: XargsOptions;
  readonly #program: string;
  /** Child of each slot; undefined: the slot is free. */
  readonly #slots: (number | undefined)[] = [];
  #running = 0;
  status = 0;
  #null: number | undefined;

  constructor(options: XargsOptions) {
    this.#options = options;
    this.#program = options.command[0]!;
  }

  run(argv: readonly string[]): void {
    while (this.#running >= this.#options.maxProcesses) this.#wait(0);
    if (this.#options.isVerbose) {
      stdout.flush();
      stderr.write(argv.map(quotef).join(' '));
      if (!this.#options.asks) stderr.write('\n');
      else if (!this.#isConfirmed()) return;
    }
    // Ends that have happened are taken as soon as they can be.
    while (this.#running > 0 && this.#wait(WNOHANG));
    this.#start(argv);
  }

  /** Waits for all; a child that asks for the end is heeded. */
  finish(): void {
    while (this.#running > 0) this.#wait(0);
  }

  #start(argv: readonly string[]): void {
    let slot = this.#slots.indexOf(undefined);
    if (slot < 0) slot = this.#slots.length;
    const { slotVariable } = this.#options;
    const env = environment();
    try {
      const stdin = this.#stdin();
      this.#slots[slot] = spawn(argv[0]!, argv, {
        fds: stdin === undefined ? [] : [[0, stdin]],
        ...(slotVariable === undefined
          ? {}
          : {
              env: [...env.filter(entry => !entry.startsWith(`${slotVariable}=`)), `${slotVariable}=${slot}`],
            }),
      });
      if (stdin !== undefined && stdin !== this.#null) close(stdin);
      this.#running++;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`${quotef(argv[0]!)}: ${error.message}`);
      this.#end(error.code === 'ENOENT' ? NOT_FOUND : CANNOT_RUN);
    }
  }

  /** What the command reads: nothing, unless xargs itself reads from a file or -o asks for the terminal. */
  #stdin(): number | undefined {
    if (this.#options.opensTerminal) return open('/dev/tty', O_RDONLY | O_CLOEXEC);
    if (this.#options.hasInputFile) return undefined;
    return (this.#null ??= open('/dev/null', O_RDONLY | O_CLOEXEC));
  }

  /** Takes the end of one child; false if none has ended (WNOHANG). */
  #wait(flags: number): boolean {
    let result: { pid: number; status: number };
    try {
      result = waitpid(-1, flags);
    } catch (error) {
      if (error instanceof SysError && error.code === 'EINTR') return true;
      throw error;
    }
    if (result.pid === 0) return false;
    const slot = this.#slots.indexOf(result.pid);
    if (slot < 0) return true;
    this.#slots[slot] = undefined;
    this.#running--;
    const name = quotef(this.#program);
    if (WIFSIGNALED(result.status)) {
      warn(`${name}: terminated by signal ${WTERMSIG(result.status)}`);
      this.#end(KILLED);
    }
    const code = WEXITSTATUS(result.status);
    if (code === 255) {
      warn(`${name}: exited with status 255; aborting`);
      this.#end(EXITED_255);
    }
    if (code !== 0) this.status = FAILED;
    return true;
  }

  /** Ends xargs once the other children have ended. */
  #end(status: number): never {
    while (this.#running > 0) {
      try {
        waitpid(-1);
      } catch {
        break;
      }
      this.#running--;
    }
    return exit(status);
  }

  #isConfirmed(): boolean {
    let fd: number;
    try {
      fd = open('/dev/tty', O_RDONLY | O_CLOEXEC);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return fail(1, `failed to open /dev/tty for reading: ${error.message}`);
    }
    stderr.write('?...');
    const byte = new Uint8Array(1);
    let answer = '';
    while (read(fd, byte) > 0 && byte[0] !== 10) answer += String.fromCharCode(byte[0]!);
    close(fd);
    return /^[yY]/.test(answer);
  }
}
