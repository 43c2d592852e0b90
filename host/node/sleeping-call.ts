/**
 * Calls from the kernel thread to the embedder's, which has the event loop. One call is under way at a time: the Caller
 * posts it with its number and sleeps on ANSWERED; the Answerer posts the answer, then stores that number, so that the
 * answer is in the port's queue when the kernel wakes up. Messages that want no answer, or come unasked, go by the same
 * port.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

/** Words of `CallChannel.words`. */
const ANSWERED = 0; // number of the call that was answered last
const CLOSED = 1; // 1: there will be no more answers

/** The kernel thread's end. */
export interface CallChannel {
  readonly port: MessagePort;
  readonly words: SharedArrayBuffer;
}

/** In the kernel thread. */
export class Caller {
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  #number = 0;

  constructor({ port, words }: CallChannel) {
    this.#port = port;
    this.#words = new Int32Array(words);
  }

  /** There will be no more answers. */
  get isClosed(): boolean {
    return Atomics.load(this.#words, CLOSED) === 1;
  }

  /** Posts a message that wants no answer. */
  post(message: unknown): void {
    this.#port.postMessage(message);
  }

  /** Posts a call, and sleeps until it is answered or never will be. */
  call(call: object): void {
    const before = this.#number;
    this.#number = (before + 1) | 0;
    this.post({ ...call, number: this.#number });
    // The server sets CLOSED, then counts ANSWERED up, so that no sleep begins in between.
    while (!this.isClosed && Atomics.load(this.#words, ANSWERED) === before)
      Atomics.wait(this.#words, ANSWERED, before);
  }

  /** The next message that has come; undefined if there is none. */
  receive(): unknown {
    return receiveMessageOnPort(this.#port)?.message;
  }
}

/** In the embedder's thread. */
export class Answerer {
  /** For the kernel thread; its port is to be transferred. */
  readonly channel: CallChannel;
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  #isClosed = false;

  /** `serve` gets what the kernel posts, until `close`. */
  constructor(serve: (message: unknown) => void) {
    const { port1, port2 } = new MessageChannel();
    const words = new SharedArrayBuffer(8);
    this.#port = port1;
    this.#words = new Int32Array(words);
    this.channel = { port: port2, words };
    port1.on('message', message => {
      if (!this.#isClosed) serve(message);
    });
    // The guest's threads keep the process alive as long as it may ask.
    port1.unref();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Posts a message that nobody asked for. */
  post(message: unknown): void {
    this.#port.postMessage(message);
  }

  /** Answers the call of this number; nobody listens any more after `close`. */
  answer(number: number, answer: unknown): void {
    if (this.#isClosed) return;
    this.post(answer);
    Atomics.store(this.#words, ANSWERED, number);
    Atomics.notify(this.#words, ANSWERED);
  }

  /** Answers no more: a call that is under way fails. */
  close(): void {
    this.#isClosed = true;
    Atomics.store(this.#words, CLOSED, 1);
    Atomics.add(this.#words, ANSWERED, 1);
    Atomics.notify(this.#words, ANSWERED);
    this.#port.close();
  }
}
