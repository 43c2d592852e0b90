/**
 * guest.sh: a shell script of the guest as a tagged template.
 *
 *   const count = await guest.sh`grep -c ${pattern} /etc/passwd`.text();
 *
 * Values are quoted: each is one word, an array is as many as it has items. A status other than 0 throws ShellError, as
 * with zx and Bun; `.nothrow()` gives the result instead.
 */
import { OptionError } from './errors.ts';
import type { ExecOptions } from './guest.ts';
import type { ExecResult } from './process.ts';
import { type ShellValue, scriptOf } from './shell-words.ts';

export interface ShellOptions extends Omit<ExecOptions, 'terminal'> {
  /** A status other than 0 is a result, not an error. Default false. */
  readonly nothrow?: boolean;
}

/** guest.sh: a template tag; called with options, a tag that has them. */
export interface Shell {
  (strings: TemplateStringsArray, ...values: ShellValue[]): ShellPromise;
  (options: ShellOptions): Shell;
}

/** How a script ended and what it wrote. */
export class ShellResult implements ExecResult<string> {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;

  /** @internal */
  constructor({ code, signal, stdout, stderr }: ExecResult<string>) {
    this.code = code;
    this.signal = signal;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** What it wrote to its standard output, unchanged. */
  text(): string {
    return this.stdout;
  }
  /** The same by lines, without their ends. */
  lines(): string[] {
    const lines = this.stdout.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
  /** The same parsed as JSON. */
  json(): unknown {
    return JSON.parse(this.stdout);
  }
}

/** A script ended with a status other than 0, or by a signal. */
export class ShellError extends Error implements ExecResult<string> {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly script: string;

  constructor(script: string, result: ExecResult<string>) {
    const how = result.signal === null ? `exited with ${result.code}` : `was ended by ${result.signal}`;
    const said = result.stderr.trimEnd() || result.stdout.trimEnd();
    super(`${script.trim()}\n${how}${said === '' ? '' : `:\n${said.slice(-2000)}`}`);
    this.name = 'ShellError';
    this.code = result.code;
    this.signal = result.signal;
    this.stdout = result.stdout;
    this.stderr = result.stderr;
    this.script = script;
  }
}

/** A script that runs: a promise of its result, and of parts of it. It runs whether or not it is awaited. */
export class ShellPromise implements Promise<ShellResult> {
  readonly [Symbol.toStringTag] = 'ShellPromise';
  readonly #result: Promise<ShellResult>;
  #isThrowing: boolean;

  /** @internal */
  constructor(script: string, run: () => Promise<ExecResult<string>>, isThrowing: boolean, caller: Error) {
    this.#isThrowing = isThrowing;
    this.#result = run().then(result => {
      if (!this.#isThrowing || result.code === 0) return new ShellResult(result);
      const error = new ShellError(script, result);
      // Where the template stands: here is nothing of the caller left.
      error.stack = `${error.name}: ${error.message}\n${(caller.stack ?? '').split('\n').slice(1).join('\n')}`;
      throw error;
    });
  }

  /** A status other than 0 is a result. Call it at once: `` await guest.sh`false`.nothrow() ``. */
  nothrow(): this {
    this.#isThrowing = false;
    return this;
  }
  async text(): Promise<string> {
    return (await this.#result).text();
  }
  async lines(): Promise<string[]> {
    return (await this.#result).lines();
  }
  async json(): Promise<unknown> {
    return (await this.#result).json();
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is a promise
  then<A = ShellResult, B = never>(
    onFulfilled?: ((value: ShellResult) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.then(onFulfilled, onRejected);
  }
  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<ShellResult | B> {
    return this.#result.catch(onRejected);
  }
  finally(onFinally?: (() => void) | null): Promise<ShellResult> {
    return this.#result.finally(onFinally);
  }
}

const KNOWN = new Set([
  ...['env', 'extraEnv', 'cwd', 'uid', 'gid', 'input', 'timeoutMs', 'maxOutputBytes', 'signal', 'nothrow'],
]);

type Exec = (file: string, args: readonly string[], options: ExecOptions) => Promise<ExecResult<string>>;

function isTemplate(value: unknown): value is TemplateStringsArray {
  return Array.isArray(value) && Array.isArray((value as { raw?: unknown }).raw);
}

/** Makes guest.sh from guest.exec. */
export function createShell(exec: Exec, options: ShellOptions = {}): Shell {
  function sh(first: TemplateStringsArray | ShellOptions, ...values: ShellValue[]): ShellPromise | Shell {
    if (isTemplate(first)) {
      const script = scriptOf(first, values);
      const { nothrow = false, ...execOptions } = options;
      const run = (): Promise<ExecResult<string>> => exec('sh', ['-c', script], execOptions);
      const caller = new Error('caller');
      Error.captureStackTrace(caller, sh);
      return new ShellPromise(script, run, !nothrow, caller);
    }
    if (typeof first !== 'object' || first === null) {
      throw new TypeError('sh: a template tag; write guest.sh`…`, or guest.sh({ cwd: "/tmp" })`…`');
    }
    for (const name of Object.keys(first)) {
      if (!KNOWN.has(name)) {
        throw new OptionError(`sh: there is no option '${name}'; there are ${[...KNOWN].join(', ')}`);
      }
    }
    return createShell(exec, { ...options, ...first });
  }
  return sh as Shell;
}
