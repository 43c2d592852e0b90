/**
 * A port's bytes: two rings in one SharedArrayBuffer, one in each direction, each with one reader and one writer. The
 * guest's end is GuestPort (the machine interface's Port), the outside's end is OutsidePort.
 *
 * Each ring has a head (bytes ever written) and a tail (bytes ever read), both modulo 2^32; the writer owns the head,
 * the reader owns the tail. A byte is written before the head moves past it and read before the tail does, so neither
 * end ever touches a byte that the other one owns.
 */
import type { Port } from '../machine.ts';

const IN_HEAD = 0;
const IN_TAIL = 1;
const OUT_HEAD = 2;
const OUT_TAIL = 3;
const FLAGS = 4;
const ROWS = 5;
const COLUMNS = 6;
/** The outside was told that something changed and has not looked yet. */
const OUTSIDE_NOTIFIED = 7;
const HEADER_BYTES = 64;

const INPUT_ENDED = 1; // by the outside: no more bytes will come
const OUTPUT_CLOSED = 2; // by the outside: nobody takes the guest's bytes
const OUTPUT_ENDED = 4; // by the guest: no more bytes will come
const INPUT_CLOSED = 8; // by the guest: nobody reads the outside's bytes
const RESET = 16; // by the outside: what the guest had sent was not read

/** Bytes of each ring; a power of two. */
export const RING_BYTES = 1 << 17;

export function createPortMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + 2 * RING_BYTES);
}

function used(header: Int32Array, head: number, tail: number): number {
  return (Atomics.load(header, head) - Atomics.load(header, tail)) >>> 0;
}

function copyIn(header: Int32Array, ring: Uint8Array, head: number, tail: number, from: Uint8Array): number {
  const room = RING_BYTES - used(header, head, tail);
  const count = Math.min(room, from.length);
  if (count === 0) return 0;
  const at = Atomics.load(header, head) & (RING_BYTES - 1);
  const first = Math.min(count, RING_BYTES - at);
  ring.set(from.subarray(0, first), at);
  if (first < count) ring.set(from.subarray(first, count), 0);
  Atomics.add(header, head, count);
  return count;
}

function copyOut(header: Int32Array, ring: Uint8Array, head: number, tail: number, into: Uint8Array): number {
  const count = Math.min(used(header, head, tail), into.length);
  if (count === 0) return 0;
  const at = Atomics.load(header, tail) & (RING_BYTES - 1);
  const first = Math.min(count, RING_BYTES - at);
  into.set(ring.subarray(at, at + first));
  if (first < count) into.set(ring.subarray(0, count - first), first);
  Atomics.add(header, tail, count);
  return count;
}

class PortMemory {
  protected readonly header: Int32Array;
  protected readonly input: Uint8Array;
  protected readonly output: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.input = new Uint8Array(memory, HEADER_BYTES, RING_BYTES);
    this.output = new Uint8Array(memory, HEADER_BYTES + RING_BYTES, RING_BYTES);
  }

  protected has(flag: number): boolean {
    return (Atomics.load(this.header, FLAGS) & flag) !== 0;
  }
  protected set(flag: number): void {
    Atomics.or(this.header, FLAGS, flag);
  }
}

/** The guest's end, in the kernel thread. `notify` tells the outside that something changed. */
export class GuestPort extends PortMemory implements Port {
  readonly #notify: () => void;

  constructor(memory: SharedArrayBuffer, notify: () => void) {
    super(memory);
    this.#notify = notify;
  }

  #tellOutside(): void {
    if (Atomics.exchange(this.header, OUTSIDE_NOTIFIED, 1) === 0) this.#notify();
  }

  read(into: Uint8Array): number {
    const count = copyOut(this.header, this.input, IN_HEAD, IN_TAIL, into);
    if (count > 0) this.#tellOutside();
    return count;
  }
  write(from: Uint8Array): number {
    const count = copyIn(this.header, this.output, OUT_HEAD, OUT_TAIL, from);
    if (count > 0) this.#tellOutside();
    return count;
  }
  get readableBytes(): number {
    return used(this.header, IN_HEAD, IN_TAIL);
  }
  get writableBytes(): number {
    return RING_BYTES - used(this.header, OUT_HEAD, OUT_TAIL);
  }
  get isInputEnded(): boolean {
    return this.has(INPUT_ENDED);
  }
  get isOutputClosed(): boolean {
    return this.has(OUTPUT_CLOSED);
  }
  get isReset(): boolean {
    return this.has(RESET);
  }
  endOutput(): void {
    this.set(OUTPUT_ENDED);
    this.#tellOutside();
  }
  closeInput(): void {
    this.set(INPUT_CLOSED);
    this.#tellOutside();
  }
  get windowSize(): { readonly rows: number; readonly columns: number } {
    return { rows: Atomics.load(this.header, ROWS), columns: Atomics.load(this.header, COLUMNS) };
  }
}

/** The outside's end, in the thread that has the event loop. `notify` raises the guest's interrupt. */
export class OutsidePort extends PortMemory {
  readonly #notify: () => void;

  constructor(memory: SharedArrayBuffer, notify: () => void) {
    super(memory);
    this.#notify = notify;
  }

  /** Call before looking: changes after this are told anew. */
  acknowledge(): void {
    Atomics.store(this.header, OUTSIDE_NOTIFIED, 0);
  }
  /** Sends bytes to the guest; returns how many fitted. */
  send(from: Uint8Array): number {
    const count = copyIn(this.header, this.input, IN_HEAD, IN_TAIL, from);
    if (count > 0) this.#notify();
    return count;
  }
  /** Takes up to `max` bytes of the guest's output; empty if there are none. */
  receive(max: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.min(max, used(this.header, OUT_HEAD, OUT_TAIL)));
    copyOut(this.header, this.output, OUT_HEAD, OUT_TAIL, bytes);
    if (bytes.length > 0) this.#notify();
    return bytes;
  }
  get sendableBytes(): number {
    return RING_BYTES - used(this.header, IN_HEAD, IN_TAIL);
  }
  endInput(): void {
    this.set(INPUT_ENDED);
    this.#notify();
  }
  closeOutput(): void {
    this.set(OUTPUT_CLOSED);
    this.#notify();
  }
  /** The guest's next read after what is there fails, instead of finding an end. */
  reset(): void {
    this.set(RESET);
  }
  /** The guest ended its output, and all of it was received. */
  get isOutputEnded(): boolean {
    return this.has(OUTPUT_ENDED) && used(this.header, OUT_HEAD, OUT_TAIL) === 0;
  }
  get isInputClosed(): boolean {
    return this.has(INPUT_CLOSED);
  }
  setWindowSize(rows: number, columns: number): void {
    Atomics.store(this.header, ROWS, rows);
    Atomics.store(this.header, COLUMNS, columns);
    this.#notify();
  }
}
