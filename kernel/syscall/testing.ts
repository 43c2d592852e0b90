/**
 * Makes system calls for a task of a TestGuest in the words of a C library: text instead of addresses, and the results
 * that need memory read out of it. Every method gives the call's result, or undefined while the call sleeps; `later`
 * then gives it.
 */
import { fromBytes, toBytes } from '../abi/byte-string.ts';
import { TestGuest, SCRATCH } from '../task/testing.ts';
import type { Task } from '../task/task.ts';

const TEXT = SCRATCH + 0x1000;
const OUT = SCRATCH + 0x2000;
const BUFFER = SCRATCH + 0x4000;
const BUFFER_SIZE = 0xc000;

export type Result = number | 'handler' | undefined;
/** Text that was read, or -errno, or undefined: it sleeps. */
export type Text = string | number | undefined;

export class Caller {
  readonly guest: TestGuest;
  readonly task: Task;

  constructor(guest: TestGuest = new TestGuest(), task: Task = guest.init) {
    this.guest = guest;
    this.task = task;
  }

  /** Any call, with numbers. */
  call(name: string, ...args: (number | bigint)[]): Result {
    return this.guest.call(this.task, name, ...args);
  }
  /** The result of a call that slept. */
  get later(): Result {
    return this.guest.results.get(this.task);
  }
  fork(): Caller {
    return new Caller(this.guest, this.guest.fork(this.task));
  }

  /** Puts a string into memory; its address, valid until the next call with text. */
  text(text: string): number {
    this.task.memory.copyOut(TEXT, toBytes(`${text}\0`));
    return TEXT;
  }
  /** Puts bytes into memory. */
  bytes(bytes: Uint8Array | string, at = BUFFER): number {
    this.task.memory.copyOut(at, typeof bytes === 'string' ? toBytes(bytes) : bytes);
    return at;
  }
  /** Memory for results. */
  get out(): number {
    return OUT;
  }
  get buffer(): number {
    return BUFFER;
  }

  open(path: string, flags: number, mode = 0): Result {
    return this.call('open', this.text(path), flags, mode);
  }
  close(fd: number): Result {
    return this.call('close', fd);
  }
  pipe(flags = 0): [number, number] {
    return this.pair('pipe2', OUT, flags);
  }
  socketpair(type: number): [number, number] {
    return this.pair('socketpair', 1, type, 0, OUT);
  }
  pair(name: string, ...args: number[]): [number, number] {
    const result = this.call(name, ...args);
    if (result !== 0) throw new Error(`${name}: ${String(result)}`);
    return [this.task.memory.readI32(OUT), this.task.memory.readI32(OUT + 4)];
  }

  write(fd: number, text: string): Result {
    return this.call('write', fd, this.bytes(text), text.length);
  }
  /** Reads: the text, or -errno, or undefined while it sleeps (see `readLater`). */
  read(fd: number, length = BUFFER_SIZE): Text {
    return this.#asText(this.call('read', fd, BUFFER, length));
  }
  readLater(): Text {
    return this.#asText(this.later);
  }
  #asText(result: Result): Text {
    return typeof result === 'number' && result >= 0
      ? fromBytes(this.task.memory.copyIn(BUFFER, result))
      : result;
  }

  /** The events that poll(2) finds now. */
  poll(fd: number, events = 0x7fff): number {
    this.bytes(new Uint8Array(Int32Array.of(fd, events).buffer), OUT);
    this.call('poll', OUT, 1, 0);
    return this.task.memory.readI32(OUT + 4) >> 16;
  }
  /** An int that an ioctl writes, or -errno. */
  ioctlInt(fd: number, request: number): Result {
    const result = this.call('ioctl', fd, request, OUT);
    return result === 0 ? this.task.memory.readI32(OUT) : result;
  }
  /** An ioctl with a pointer to an int. */
  ioctlSet(fd: number, request: number, value: number): Result {
    this.task.memory.writeI32(OUT, value);
    return this.call('ioctl', fd, request, OUT);
  }
}

/**
 * A pipe between two processes of a kernel of its own.
 *
 *   const pipe = new TestPipe();
 *   pipe.read();         // undefined: the reader sleeps
 *   pipe.write('text');  // 4
 *   pipe.reader.readLater(); // 'text'
 */
export class TestPipe {
  readonly reader: Caller;
  readonly writer: Caller;
  readonly #readEnd: number;
  readonly #writeEnd: number;

  /** `flags` of pipe2(2). */
  constructor(flags = 0) {
    const parent = new Caller();
    [this.#readEnd, this.#writeEnd] = parent.pipe(flags);
    this.reader = parent.fork();
    this.writer = parent.fork();
    this.reader.close(this.#writeEnd);
    this.writer.close(this.#readEnd);
    for (const fd of [this.#readEnd, this.#writeEnd]) parent.close(fd);
  }

  /** Bytes written, or -errno, or undefined while the writer sleeps (`writer.later` has it then). */
  write(text: string): Result {
    return this.writer.write(this.#writeEnd, text);
  }
  /** Text ('' at the end), or -errno, or undefined while the reader sleeps (`reader.readLater()` has it then). */
  read(length?: number): Text {
    return this.reader.read(this.#readEnd, length);
  }
  closeWriter(): void {
    this.writer.close(this.#writeEnd);
  }
  closeReader(): void {
    this.reader.close(this.#readEnd);
  }
}
