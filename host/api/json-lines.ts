/**
 * The client of a kernel's control socket: JSON, one message a line. A request {id, method, args} is answered by
 * {id, value} or {id, failure}; {event, …} comes by itself. Bytes are {"$base64": "…"}.
 *
 * Ownership: it reads `input` to its end and never ends `output`. When the input ends, `onEnd` is called once, and
 * requests that wait are never answered: their promises are tied to the guest's life (lifeline.ts).
 */
import type { Readable, Writable } from 'node:stream';
import type { GuestFailure } from './errors.ts';
import type { Reply } from '../control/protocol.ts';

/** The longest line that is read: a file of 256 MiB in base64. A peer that sends more is no control socket. */
const MAX_LINE_CHARS = 400 * 2 ** 20;

interface Message {
  readonly id?: number;
  readonly value?: unknown;
  readonly failure?: GuestFailure;
  readonly event?: string;
}

export class JsonLines {
  readonly #output: Writable;
  readonly #onEvent: (message: Record<string, unknown>) => void;
  readonly #onEnd: (reason: string) => void;
  readonly #waiting = new Map<number, (reply: Reply<unknown>) => void>();
  #nextId = 1;
  #parts: string[] = [];
  #partChars = 0;
  #hasEnded = false;

  constructor(
    input: Readable,
    output: Writable,
    onEvent: (message: Record<string, unknown>) => void,
    onEnd: (reason: string) => void,
  ) {
    this.#output = output;
    this.#onEvent = onEvent;
    this.#onEnd = onEnd;
    input.setEncoding('utf8');
    input.on('data', (text: string) => this.#take(text));
    input.on('close', () => this.#end('the connection to the inner guest ended'));
    input.on('error', () => {});
    // A peer that is gone is told by the end of its output.
    output.on('error', () => {});
  }

  /** Sends a request; the reply. A kernel that answers nothing any more leaves the promise as it is. */
  call(method: string, args: readonly unknown[]): Promise<Reply<unknown>> {
    const id = this.#nextId++;
    return new Promise(resolve => {
      if (this.#hasEnded) return;
      this.#waiting.set(id, resolve);
      this.#output.write(`${JSON.stringify({ id, method, args }, encodeBytes)}\n`);
    });
  }

  #take(text: string): void {
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.#parts.push(text.slice(from, at));
      from = at + 1;
      const line = this.#parts.join('');
      this.#parts = [];
      this.#partChars = 0;
      if (!this.#hasEnded) this.#takeLine(line);
    }
    this.#parts.push(text.slice(from));
    this.#partChars += text.length - from;
    if (this.#partChars > MAX_LINE_CHARS) this.#end('the inner guest sent a line without an end');
  }

  #takeLine(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line, decodeBytes) as Message;
      if (typeof message !== 'object' || message === null) throw new TypeError('no object');
    } catch {
      this.#end(`the inner guest sent what is no message: ${line.slice(0, 200)}`);
      return;
    }
    if (message.event !== undefined) {
      this.#onEvent(message as unknown as Record<string, unknown>);
      return;
    }
    const resolve = this.#waiting.get(message.id ?? 0);
    if (!resolve) return;
    this.#waiting.delete(message.id!);
    resolve(message.failure ? { failure: message.failure } : { value: message.value });
  }

  #end(reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#waiting.clear();
    this.#parts = [];
    this.#onEnd(reason);
  }
}

function encodeBytes(this: unknown, key: string, value: unknown): unknown {
  // Buffers have a toJSON, which has run by now.
  const original = (this as Record<string, unknown>)[key];
  if (!(original instanceof Uint8Array)) return value;
  const { buffer, byteOffset, byteLength } = original;
  return { $base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}

function decodeBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$base64' in value)) return value;
  const bytes = Buffer.from(String(value.$base64), 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
