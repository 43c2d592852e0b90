/**
 * The native programs that the embedder trusts, as one thread knows them. The list grows while the guest runs
 * (guest.install): the monitor posts each new program to every thread before it tells anybody of it, and the thread, which
 * does not visit its event loop, looks into its port whenever it looks at the list.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { TrustedProgram } from './protocol.ts';

export class TrustedList {
  readonly #programs: TrustedProgram[];
  readonly #port: MessagePort;

  /** `port`: where new programs come, and nothing else. */
  constructor(programs: readonly TrustedProgram[], port: MessagePort) {
    this.#programs = [...programs];
    this.#port = port;
  }

  /** All of them until now; a program keeps its number. */
  get programs(): readonly TrustedProgram[] {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return this.#programs;
      this.#programs.push(received.message as TrustedProgram);
    }
  }
}
