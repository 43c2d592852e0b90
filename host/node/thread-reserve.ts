/**
 * Program threads, and a reserve of them for all guests of this process: threads that have started and belong to no
 * guest yet. With it, a guest that has done nothing for a while needs no spare thread of its own (some 9 MB), and still
 * starts its next program at once.
 *
 * The reserve is empty while there is only one guest, which has a spare thread itself. It never keeps the process alive,
 * and is gone when `leave` of the last guest has resolved.
 */
import { Worker } from 'node:worker_threads';
import type { ProgramThreadData } from './protocol.ts';

/** As many as a short pipeline needs. */
const RESERVED_THREADS = 3;
/** Old-generation heap of one program, MB: far more than it may use (program-thread.ts), a last resort. */
const PROGRAM_HEAP_MB = 1536;

/**
 * Threads inherit node's own options. `node --input-type=module --eval …` has one that a thread, whose program is a
 * file, cannot start with.
 */
export const INHERITED = process.execArgv.some(argument => argument.startsWith('--input-type'))
  ? { execArgv: [] }
  : {};

const reserves = new Map<string, ThreadReserve>();

/** The reserve of threads that begin with this file. */
export function threadReserve(programThread: string): ThreadReserve {
  let reserve = reserves.get(programThread);
  if (reserve === undefined) reserves.set(programThread, (reserve = new ThreadReserve(programThread)));
  return reserve;
}

export class ThreadReserve {
  readonly #programThread: string;
  readonly #threads = new Set<Worker>();
  #guests = 0;

  constructor(programThread: string) {
    this.#programThread = programThread;
  }

  /** There are several guests: an idle one need not have a spare thread. */
  get isShared(): boolean {
    return this.#guests > 1;
  }

  /** One guest more. */
  enter(): void {
    this.#guests++;
  }
  /** One guest less. */
  async leave(): Promise<void> {
    this.#guests--;
    if (this.#guests > 0) return;
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map(thread => thread.terminate()));
  }

  /**
   * A thread for a context of a guest, which owns it from now on. The reserve stays smaller until a guest comes to rest:
   * whoever takes a thread is about to use the processors.
   */
  start(data: ProgramThreadData): Worker {
    const [thread] = this.#threads;
    if (thread === undefined) return this.#new(data);
    this.#threads.delete(thread);
    thread.removeAllListeners('error').removeAllListeners('exit');
    thread.ref();
    thread.postMessage(data);
    return thread;
  }

  /** Makes the reserve complete, if there is to be one. */
  fill(): void {
    while (this.isShared && this.#threads.size < RESERVED_THREADS) {
      const thread = this.#new(undefined);
      this.#threads.add(thread);
      thread.unref();
      // A thread that cannot start is not missed until one is wanted, and that one tells why.
      thread.on('error', () => {});
      thread.on('exit', () => this.#threads.delete(thread));
    }
  }

  #new(workerData: ProgramThreadData | undefined): Worker {
    return new Worker(this.#programThread, {
      workerData,
      name: workerData === undefined ? 'lodger program' : `lodger program ${workerData.context}`,
      ...INHERITED,
      resourceLimits: { stackSizeMb: 4, maxOldGenerationSizeMb: PROGRAM_HEAP_MB },
    });
  }
}
