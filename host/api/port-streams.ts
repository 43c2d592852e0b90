/** A port as Node streams: what the guest writes is a Readable, what it reads is a Writable. Backpressure holds. */
import { Readable, Writable } from 'node:stream';
import type { OutsidePort } from '../node/port-ring.ts';

const CHUNK_BYTES = 65536;

/** The guest's output. Ends when the guest ends it; destroying it gives the guest EPIPE. */
export class PortReadable extends Readable {
  readonly #port: OutsidePort;
  #isWanted = false;
  #isFinished = false;

  constructor(port: OutsidePort) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#port = port;
  }

  /** The guest is gone: the stream ends after what is there. */
  finish(): void {
    this.#isFinished = true;
    this.pump();
  }

  /** The port changed. */
  pump(): void {
    while (this.#isWanted) {
      const bytes = this.#port.receive(CHUNK_BYTES);
      if (bytes.length > 0) {
        if (!this.push(bytes)) this.#isWanted = false;
        continue;
      }
      if ((this.#port.isOutputEnded || this.#isFinished) && !this.readableEnded) {
        this.#isWanted = false;
        this.push(null);
      }
      return;
    }
  }

  override _read(): void {
    this.#isWanted = true;
    this.pump();
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#isWanted = false;
    this.#port.closeOutput();
    done(error);
  }
}

/** The guest's input. Writes complete when the guest's ring has taken the bytes. */
export class PortWritable extends Writable {
  readonly #port: OutsidePort;
  #waiting: { bytes: Uint8Array; done: (error?: Error | null) => void } | undefined;

  constructor(port: OutsidePort) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#port = port;
  }

  /** The port changed. */
  pump(): void {
    const waiting = this.#waiting;
    if (!waiting) {
      if (this.#port.isInputClosed && !this.destroyed) this.destroy();
      return;
    }
    if (this.#port.isInputClosed) {
      this.#waiting = undefined;
      this.destroy();
      waiting.done();
      return;
    }
    const sent = this.#port.send(waiting.bytes);
    waiting.bytes = waiting.bytes.subarray(sent);
    if (waiting.bytes.length > 0) return;
    this.#waiting = undefined;
    waiting.done();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#waiting = { bytes: chunk, done };
    this.pump();
  }
  override _final(done: (error?: Error | null) => void): void {
    this.#port.endInput();
    done();
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#waiting = undefined;
    this.#port.endInput();
    done(error);
  }
}
