/**
 * What the matchers of lodger/vitest and the assertions of lodger/test check, once for both: whether it holds, and what
 * to say if not.
 */
import { type ExecResult, type Guest, GuestError } from '../api/index.ts';
import { statusText } from './report.ts';

export interface Check {
  readonly isMet: boolean;
  /** What was expected, and what came: without a diff. */
  readonly message: string;
  /** If it was not to hold. */
  readonly negated: string;
  /** For a diff; absent where one says nothing. */
  readonly expected?: unknown;
  readonly actual?: unknown;
}

export type Output = ExecResult<string> | ExecResult<Buffer>;

export interface PrintOptions {
  /** Where it is expected. Default stdout. */
  readonly on?: 'stdout' | 'stderr';
}

const MOST_SHOWN = 4000;

/** Refuses what is no result: a promise that was not awaited, for one. */
function requireResult(value: unknown, name: string): asserts value is Output {
  if (typeof value === 'object' && value !== null && 'stdout' in value && 'code' in value) return;
  const isPromise = typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
  throw new TypeError(
    `${name}: ${isPromise ? 'a promise: await the command first' : 'this is no result of guest.exec or guest.sh'}`,
  );
}

function textOf(output: string | Buffer): string {
  return typeof output === 'string' ? output : output.toString('utf8');
}

function shown(title: string, output: string | Buffer): string {
  const text = textOf(output).trimEnd();
  if (text === '') return `${title}: empty`;
  const start = text.length > MOST_SHOWN ? `… ${text.length - MOST_SHOWN} characters before\n` : '';
  return `${title}:\n${`${start}${text.slice(-MOST_SHOWN)}`.replace(/^/gm, '  ')}`;
}

/** `status`: 0–255, or the name of the signal that ended it. */
export function checkExit(value: unknown, status: number | string): Check {
  requireResult(value, 'toExitWith');
  const { code, signal, stdout, stderr } = value;
  const isMet = typeof status === 'number' ? code === status : signal === status;
  const wanted = typeof status === 'number' ? `exited with ${status}` : `been ended by ${status}`;
  return {
    isMet,
    message: [
      `expected the command to have ${wanted}, but it ${statusText(value)}`,
      shown('stdout', stdout),
      shown('stderr', stderr),
    ].join('\n'),
    negated: `expected the command not to have ${wanted}`,
  };
}

/** `text`: a part of the output, or what it matches. */
export function checkPrint(value: unknown, text: string | RegExp, options: PrintOptions = {}): Check {
  requireResult(value, 'toPrint');
  const { on = 'stdout' } = options;
  const output = textOf(value[on]);
  const isMet =
    typeof text === 'string' ? output.includes(text) : new RegExp(text, flagsOf(text)).test(output);
  const what = typeof text === 'string' ? `contain ${JSON.stringify(text)}` : `match ${text}`;
  const lines = [`expected ${on} to ${what}`, shown(on, output)];
  if (value.code !== 0) lines.push(`the command ${statusText(value)}`);
  if (on === 'stdout' && value.stderr.length > 0) lines.push(shown('stderr', value.stderr));
  // Of one line, a diff shows nothing new.
  const isDiffUseful = typeof text === 'string' && /\n./.test(text);
  return {
    isMet,
    message: lines.join('\n'),
    negated: `expected ${on} not to ${what}\n${shown(on, output)}`,
    ...(isDiffUseful ? { expected: text, actual: output } : {}),
  };
}

/** A regular expression that does not remember where it was. */
function flagsOf(expression: RegExp): string {
  return expression.flags.replace(/[gy]/g, '');
}

/** `content`: all that is in the file, or what that matches; without it, that there is a file. */
export async function checkFile(
  guest: Guest,
  path: string,
  content?: string | RegExp | Uint8Array,
): Promise<Check> {
  if (typeof (guest as Partial<Guest> | undefined)?.fs?.readFile !== 'function') {
    throw new TypeError('toHaveFile: this is no guest; write await expect(guest).toHaveFile(path)');
  }
  let bytes: Uint8Array;
  try {
    bytes = await guest.fs.readFile(path);
  } catch (error) {
    // EISDIR and the like say it well enough.
    if (!(error instanceof GuestError)) throw error;
    return {
      isMet: false,
      message: `expected the guest to have the file ${path}: ${error.message}`,
      negated: '',
    };
  }
  const negated = `expected the guest not to have the file ${path}${content === undefined ? '' : ' with this content'}`;
  if (content === undefined) return { isMet: true, message: '', negated };
  if (content instanceof Uint8Array) {
    const sizes = `it has ${bytes.length} bytes, ${content.length} were expected`;
    const message = `expected the bytes of ${path}: ${sizes}${differenceOf(bytes, content)}`;
    return { isMet: Buffer.compare(bytes, content) === 0, message, negated };
  }
  const text = Buffer.from(bytes).toString('utf8');
  if (typeof content === 'string') {
    const message = `expected the content of ${path}`;
    return { isMet: text === content, message, negated, expected: content, actual: text };
  }
  return {
    isMet: new RegExp(content, flagsOf(content)).test(text),
    message: `expected ${path} to match ${content}\n${shown('content', text)}`,
    negated,
  };
}

function differenceOf(a: Uint8Array, b: Uint8Array): string {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return `; the first that differs is byte ${i}: ${hex(a[i]!)} instead of ${hex(b[i]!)}`;
  }
  return '';
}
const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;
