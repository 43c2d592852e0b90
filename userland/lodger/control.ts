/**
 * Puts the control server on its streams: the socket in /run/lodger and, for a guest that is controlled by whoever
 * started it, standard input and output. The machine calls `pump` when SIGIO says that something moved.
 */
import type { ControlInterface } from '../../host/control/protocol.ts';
import type { Halt, LogLine } from '../../host/machine.ts';
import { poll } from '../libc/poll.ts';
import { ControlServer, type ControlServerHost } from './control-server.ts';
import { type ListeningSocket, capture, mainStream, openControlSocket } from './control-streams.ts';

/** How long those who are connected may take to hear of the end. */
const FAREWELL_MS = 1000;
const FAREWELL_STEP_MS = 20;

export interface ControlOptions {
  /** Descriptors of the connection whose end is the guest's; they belong to the server. */
  readonly main?: { readonly input: number; readonly output: number };
}

export class ControlService {
  readonly #server: ControlServer;
  readonly #socket: ListeningSocket | undefined;

  constructor(control: ControlInterface, host: ControlServerHost, { main }: ControlOptions = {}) {
    this.#server = new ControlServer(control, host, capture);
    this.#socket = openControlSocket();
    const socket = this.#socket;
    if (socket !== undefined) this.#server.listen(() => socket.accept());
    if (main !== undefined) this.#server.serveMain(mainStream(main.input, main.output));
  }

  /** Moves what can be moved. True: call again soon, there is more. */
  pump(): boolean {
    return this.#server.pump();
  }
  exited(pid: number, status: number): void {
    this.#server.exited(pid, status);
  }
  log(line: LogLine): void {
    this.#server.log(line);
  }

  /** The guest has stopped: tells everybody, waiting a moment for those who are slow, and removes the socket. */
  end(how: Halt): void {
    this.#socket?.close();
    this.#server.halted(how);
    for (let left = FAREWELL_MS; left > 0 && !this.#server.isFlushed; left -= FAREWELL_STEP_MS) {
      poll([], FAREWELL_STEP_MS);
      this.#server.flush();
    }
    this.#server.close();
  }
}
