/** Options of the guests that tests get: checked, and compared, so that a guest made ahead fits the test it is for. */
import { createHash } from 'node:crypto';
import { type BootOptions, OptionError } from '../api/index.ts';

/** What a file in the guest is made of. */
export type FileContent =
  string | Uint8Array | { readonly content: string | Uint8Array; readonly mode?: number };

/** What a test's guest is like. All have defaults. */
export interface GuestOptions extends Pick<BootOptions, 'root' | 'memory' | 'mounts' | 'kernelParameters'> {
  /** Added to the environment of every command. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files to place, by guest path: `{ '/etc/motd': 'hello', '/bin/x': { content, mode: 0o755 } }`. */
  readonly files?: Readonly<Record<string, FileContent>>;
  /** Programs in TypeScript or JavaScript to bundle, trust and install, by guest path: files on the host. */
  readonly programs?: Readonly<Record<string, string | URL>>;
  /** Ends a command of exec() and sh with SIGKILL after this time, unless the call has a timeoutMs of its own. */
  readonly timeoutMs?: number;
  /** System calls of each command that are kept for the report of a failure. Default 64; 0 keeps none. */
  readonly tracedCalls?: number;
}

const KNOWN: Readonly<Record<keyof GuestOptions, true>> = {
  root: true,
  memory: true,
  mounts: true,
  env: true,
  files: true,
  programs: true,
  kernelParameters: true,
  timeoutMs: true,
  tracedCalls: true,
};

const TRACED_CALLS = 64;

/** Throws OptionError for what is no option, or cannot be one's value. `what`: how the caller knows the options. */
export function checkOptions(options: GuestOptions, what = 'guestOptions'): void {
  if (typeof options !== 'object' || options === null) {
    throw new OptionError(`${what}: give an object, such as { memory: '64M' }`);
  }
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, name)) {
      throw new OptionError(
        `${what}: there is no option '${name}'; there are ${Object.keys(KNOWN).join(', ')}`,
      );
    }
  }
  for (const path of [...Object.keys(options.files ?? {}), ...Object.keys(options.programs ?? {})]) {
    if (!path.startsWith('/')) throw new OptionError(`${what}: '${path}' is no absolute path in the guest`);
  }
  const { timeoutMs, tracedCalls } = options;
  if (timeoutMs !== undefined && !(timeoutMs > 0)) {
    throw new OptionError(`${what}: timeoutMs: '${timeoutMs}' is no time in milliseconds`);
  }
  if (
    tracedCalls !== undefined &&
    !(Number.isInteger(tracedCalls) && tracedCalls >= 0 && tracedCalls <= 4096)
  ) {
    throw new OptionError(`${what}: tracedCalls: '${tracedCalls}' is no number from 0 to 4096`);
  }
}

/** What boot() is to be given. The rest is done in the booted guest. */
export function bootOptionsOf(options: GuestOptions): BootOptions {
  const { root, memory, mounts, kernelParameters, tracedCalls = TRACED_CALLS } = options;
  const parameters = [tracedCalls > 0 ? `trace_calls=${tracedCalls}` : '', kernelParameters ?? ''];
  return {
    ...(root === undefined ? {} : { root }),
    ...(memory === undefined ? {} : { memory }),
    ...(mounts === undefined ? {} : { mounts }),
    kernelParameters: parameters.filter(part => part !== '').join(' '),
  };
}

/** Whether what the guest writes may be found outside of it. */
export function writesOutside({ mounts, root }: GuestOptions): boolean {
  return Object.keys(mounts ?? {}).length > 0 || (typeof root === 'object' && root.writable === true);
}

const identities = new WeakMap<object, number>();
let identityCount = 0;

/** Equal for options that make equal guests. Objects that are no plain data, such as volumes, are themselves only. */
export function keyOf(options: GuestOptions): string {
  return JSON.stringify(options, function (this: Record<string, unknown>, name) {
    // Not what its toJSON gives: a volume's is its content.
    const value = this[name];
    if (typeof value === 'bigint' || typeof value === 'function') return String(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    if (value instanceof URL) return value.href;
    if (value instanceof Uint8Array) return createHash('sha256').update(value).digest('hex');
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    }
    let identity = identities.get(value);
    if (identity === undefined) identities.set(value, (identity = identityCount++));
    return `object ${identity}`;
  });
}
