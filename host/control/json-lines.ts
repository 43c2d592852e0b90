/**
 * The control protocol on the wire: JSON in UTF-8, one message a line. Bytes are {"$base64": "…"}.
 *
 *   request  {id, method, args}
 *   reply    {id, value} or {id, failure}; the id is the request's, null if it could not be read
 *   event    {event: 'exit' | 'log' | 'halt', …}
 *
 * Pure code for both ends. Whatever a peer sends, nothing here throws: a line is a message, or words for what is wrong
 * with it.
 */
import type { GuestFailure } from '../api/errors.ts';
import type { Halt, LogLine } from '../machine.ts';
import { EINVAL, EMSGSIZE, errnoName, strerror } from '../../kernel/abi/errno.ts';
import { fromBase64, toBase64 } from './base64.ts';

/** The longest line that is taken: a file of 48 MiB. */
export const MAX_LINE_BYTES = 64 * 2 ** 20;

export interface RequestMessage {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
export interface ReplyMessage {
  readonly id: number | null;
  readonly value?: unknown;
  readonly failure?: GuestFailure;
}
export type EventMessage =
  /** A process that was started by `spawn` has ended; `status` is wait(2)'s. */
  | { readonly event: 'exit'; readonly pid: number; readonly status: number }
  /** To those who `watch`. */
  | { readonly event: 'log'; readonly line: LogLine }
  | { readonly event: 'halt'; readonly how: Halt };
export type Message = RequestMessage | ReplyMessage | EventMessage;

const encoder = new TextEncoder();

/** The bytes of a message, its newline included. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${JSON.stringify(message, encodeBytes)}\n`);
}

/** The value that some JSON stands for; `problem` if it is none. */
export function decodeJson(json: Uint8Array): { readonly value: unknown } | { readonly problem: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(json);
    return { value: JSON.parse(text, decodeBytes) as unknown };
  } catch (error) {
    // Not JSON, not UTF-8, or nested too deeply.
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A request, or what is wrong with it and whose request it is, as far as that can be told. */
export function readRequest(
  line: Uint8Array,
): { readonly request: RequestMessage } | { readonly id: number | null; readonly problem: string } {
  const decoded = decodeJson(line);
  if ('problem' in decoded) return { id: null, problem: decoded.problem };
  const { value } = decoded;
  if (typeof value !== 'object' || value === null) return { id: null, problem: 'no JSON object' };
  const { id, method, args = [] } = value as Record<string, unknown>;
  if (typeof id !== 'number') return { id: null, problem: 'a request has a number as its id' };
  if (typeof method !== 'string') return { id, problem: 'a request has a method' };
  if (!Array.isArray(args)) return { id, problem: 'args is an array' };
  return { request: { id, method, args: args as unknown[] } };
}

/** A failure for a request that is none. */
export function refusal(problem: string, errno = EINVAL): GuestFailure {
  return {
    code: errnoName(errno),
    errno,
    text: `${strerror(errno).toLowerCase()} (${problem})`,
    syscall: 'control',
    path: undefined,
  };
}
export const LINE_TOO_LONG = refusal(`a line is at most ${MAX_LINE_BYTES} bytes`, EMSGSIZE);

/** Puts lines together from the pieces in which they come. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** In a line that is too long, of which nothing is kept. */
  #isSkipping = false;

  constructor(maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that these bytes complete. 'too long' stands for a line that has outgrown the limit. */
  feed(bytes: Uint8Array): (Uint8Array | 'too long')[] {
    const lines: (Uint8Array | 'too long')[] = [];
    for (let from = 0; from < bytes.length;) {
      const newline = bytes.indexOf(10, from);
      const end = newline < 0 ? bytes.length : newline;
      this.#add(bytes.subarray(from, end), lines);
      if (newline >= 0) this.#complete(lines);
      from = end + 1;
    }
    return lines;
  }

  #add(piece: Uint8Array, lines: (Uint8Array | 'too long')[]): void {
    if (this.#isSkipping || piece.length === 0) return;
    this.#length += piece.length;
    if (this.#length > this.#maxBytes) {
      this.#isSkipping = true;
      this.#pieces = [];
      lines.push('too long');
      return;
    }
    this.#pieces.push(piece.slice()); // the caller uses its buffer again
  }

  #complete(lines: (Uint8Array | 'too long')[]): void {
    if (!this.#isSkipping && this.#length > 0) lines.push(joined(this.#pieces, this.#length));
    this.#isSkipping = false;
    this.#pieces = [];
    this.#length = 0;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function encodeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $base64: toBase64(value) } : value;
}

function decodeBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$base64' in value)) return value;
  const bytes = typeof value.$base64 === 'string' ? fromBase64(value.$base64) : undefined;
  if (bytes === undefined) throw new SyntaxError('$base64 is no base64');
  return bytes;
}
