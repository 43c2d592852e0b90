/**
 * A control connection: requests that come in on a stream which never blocks, and replies and events that go out when
 * there is room. It knows no request; the server (control-server.ts) answers them.
 *
 * Bounds: a line is at most MAX_LINE_BYTES; while more than PENDING_BYTES wait to be sent, no request is taken, so that
 * a peer that does not read has one long reply pending at most. Log lines are dropped then.
 */
import {
  type EventMessage,
  LINE_TOO_LONG,
  LineSplitter,
  type ReplyMessage,
  type RequestMessage,
  encodeMessage,
  readRequest,
  refusal,
} from '../../host/control/json-lines.ts';

/** What came at once. Descriptors belong to whoever takes them. */
export interface Arrival {
  readonly bytes: Uint8Array;
  readonly descriptors: readonly number[];
}

/** A stream of bytes in both directions, of which no call waits. */
export interface ControlStream {
  receive(): Arrival | 'nothing' | 'ended';
  /** How many bytes were taken; 0: no room now; 'broken': nobody takes them any more. */
  send(bytes: Uint8Array): number | 'broken';
  /** Gives back a descriptor that came and that nobody wants. */
  drop(descriptor: number): void;
  close(): void;
}

const PENDING_BYTES = 2 ** 20;
/** Requests that are served in one go: the kernel has other things to do. */
const REQUESTS_PER_PUMP = 64;
/** Descriptors that wait for their request. */
const MAX_DESCRIPTORS = 32;

/** A process that was started over the connection. */
export interface Process {
  /** Ports that it writes to. */
  readonly outputs: readonly number[];
  /** The port of its terminal. */
  readonly terminal: number | undefined;
  /** Its wait status, once it has ended and its end is not yet told. */
  status: number | undefined;
}

export class ControlConnection {
  readonly #stream: ControlStream;
  readonly #splitter = new LineSplitter();
  #lines: (Uint8Array | 'too long')[] = [];
  #descriptors: number[] = [];
  #output: Uint8Array[] = [];
  #outputBytes = 0;
  /** Requests whose replies come later. */
  #unanswered = 0;
  #isClosed = false;
  /** The peer sends no more. */
  isInputEnded = false;
  /** It wants log lines. */
  isWatching = false;
  readonly processes = new Map<number, Process>();

  constructor(stream: ControlStream) {
    this.#stream = stream;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }
  /** All requests that ever came have been answered, and the answers were sent. */
  get isDone(): boolean {
    return this.isInputEnded && this.#lines.length === 0 && this.#unanswered === 0 && this.isFlushed;
  }
  get isFlushed(): boolean {
    return this.#output.length === 0;
  }

  /** Moves what can be moved. True: there is more to do right away. */
  pump(serve: (request: RequestMessage) => void): boolean {
    this.flush();
    for (let left = REQUESTS_PER_PUMP; !this.#isClosed && this.#outputBytes <= PENDING_BYTES; left--) {
      if (left === 0) return true;
      if (this.#lines.length === 0 && !this.#receive()) break;
      const line = this.#lines.shift();
      if (line !== undefined) this.#take(line, serve);
      this.flush();
    }
    return false;
  }

  /** The next `count` descriptors that came; undefined if there are not so many, and then none are left. */
  takeDescriptors(count: number): number[] | undefined {
    if (this.#descriptors.length >= count) return this.#descriptors.splice(0, count);
    this.dropDescriptors();
    return undefined;
  }
  /** A request that may have brought descriptors is refused: what came is not to be the next one's. */
  dropDescriptors(): void {
    this.drop(this.#descriptors.splice(0));
  }
  /** Gives back descriptors that nobody wants. */
  drop(descriptors: readonly number[]): void {
    for (const descriptor of descriptors) this.#stream.drop(descriptor);
  }

  /** The reply to this request comes later, by `reply`. */
  postpone(): void {
    this.#unanswered++;
  }
  replyLate(message: ReplyMessage): void {
    this.#unanswered--;
    this.send(message);
  }

  send(message: ReplyMessage | EventMessage): void {
    if (this.#isClosed) return;
    const bytes = encodeMessage(message);
    this.#output.push(bytes);
    this.#outputBytes += bytes.length;
  }
  /** Sends a log line, unless the peer is behind. */
  sendLog(message: EventMessage): void {
    if (this.#outputBytes <= PENDING_BYTES) this.send(message);
  }

  /** Sends what there is room for. */
  flush(): void {
    while (!this.#isClosed && this.#output.length > 0) {
      const bytes = this.#output[0]!;
      const count = this.#stream.send(bytes);
      if (count === 'broken') return this.close();
      if (count === 0) return;
      this.#outputBytes -= count;
      if (count === bytes.length) this.#output.shift();
      else this.#output[0] = bytes.subarray(count);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.isInputEnded = true;
    this.#lines = [];
    this.#output = [];
    this.#outputBytes = 0;
    this.dropDescriptors();
    this.#stream.close();
  }

  /** False: nothing came. */
  #receive(): boolean {
    if (this.isInputEnded) return false;
    const arrival = this.#stream.receive();
    if (arrival === 'nothing') return false;
    if (arrival === 'ended') {
      this.isInputEnded = true;
      return false;
    }
    this.#descriptors.push(...arrival.descriptors);
    this.#lines = this.#splitter.feed(arrival.bytes);
    // Nobody who means it sends so many.
    if (this.#descriptors.length > MAX_DESCRIPTORS) this.close();
    return !this.#isClosed;
  }

  #take(line: Uint8Array | 'too long', serve: (request: RequestMessage) => void): void {
    const read = line === 'too long' ? undefined : readRequest(line);
    if (read !== undefined && 'request' in read) return serve(read.request);
    this.dropDescriptors();
    const failure = read === undefined ? LINE_TOO_LONG : refusal(read.problem);
    this.send({ id: read?.id ?? null, failure });
  }
}
