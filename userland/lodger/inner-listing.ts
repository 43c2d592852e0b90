/**
 * The guests inside a guest, for the request `guests`: the kernel has them told by `lodger ps --json`, run in its own
 * guest, which asks each of them in turn. So a tree of any depth is told by those who know.
 */
import type { ControlInterface, InnerGuest, Reply } from '../../host/control/protocol.ts';
import { decodeJson } from '../../host/control/json-lines.ts';
import type { ControlConnection, ControlStream } from './control-connection.ts';
import type { ControlServerHost } from './control-server.ts';

const SOCKETS = '/run/lodger';
const LODGER = '/sbin/lodger';
/** More than that is no list of guests. */
const MAX_BYTES = 2 ** 24;

/** Descriptors for a program that reads nothing and whose output is read by `stream`. */
export interface Capture {
  readonly input: number;
  readonly output: number;
  readonly errors: number;
  readonly stream: ControlStream;
}

export class InnerListing {
  readonly #connection: ControlConnection;
  readonly #id: number;
  #stream: ControlStream | undefined;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  /** Of the program that lists them. */
  pid = 0;

  /** The reply is for request `id` of the connection. */
  constructor(connection: ControlConnection, id: number) {
    this.#connection = connection;
    this.#id = id;
  }

  /** Most guests have none inside; then no program needs to run. */
  static isNeeded(control: ControlInterface): boolean {
    const { value } = control.fs({ op: 'readdir', path: SOCKETS });
    return Array.isArray(value) && (value as { name: string }[]).some(({ name }) => name.endsWith('.sock'));
  }

  start(control: ControlInterface, host: ControlServerHost, capture: Capture): Reply<number> {
    const { input, output, errors, stream } = capture;
    const stdio = [
      host.openPort({ input, output: -1 }),
      host.openPort({ input: -1, output }),
      host.openPort({ input: -1, output: errors }),
    ];
    const reply = control.spawn({
      file: LODGER,
      args: ['lodger', 'ps', '--json'],
      env: ['PATH=/sbin:/bin'],
      cwd: '/',
      uid: 0,
      gid: 0,
      stdio,
    });
    if (reply.value === undefined) {
      for (const port of stdio) host.closePort(port);
      stream.close();
      return reply;
    }
    this.pid = reply.value;
    this.#stream = stream;
    return reply;
  }

  isFor(connection: ControlConnection): boolean {
    return this.#connection === connection;
  }

  /** True: the list is complete, and was sent. */
  pump(): boolean {
    for (;;) {
      const arrival = this.#stream?.receive() ?? 'ended';
      if (arrival === 'nothing') return false;
      if (arrival === 'ended' || this.#length > MAX_BYTES) break;
      this.#pieces.push(arrival.bytes.slice());
      this.#length += arrival.bytes.length;
    }
    this.#stream?.close();
    this.#connection.replyLate({ id: this.#id, value: this.#guests() });
    return true;
  }

  /** The end of its output says that it is done. */
  exited(_status: number): void {}

  /** What the program wrote; nothing if it is no list. */
  #guests(): readonly InnerGuest[] {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    const decoded = decodeJson(whole);
    return 'value' in decoded && Array.isArray(decoded.value) ? (decoded.value as InnerGuest[]) : [];
  }
}
