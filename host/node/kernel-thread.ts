/**
 * The kernel thread: builds the machine, boots the kernel, and runs its loop. It visits its event loop only when the
 * control line is raised, and sleeps in Atomics.wait the rest of the time.
 */
import { readFileSync } from 'node:fs';
import { open as openInspector, waitForDebugger } from 'node:inspector';
import { SourceMap } from 'node:module';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Endpoint, expose } from 'comlink';
import { bootKernel } from '../../kernel/boot.ts';
import { Control } from './control.ts';
import { NodeMachine } from './node-machine.ts';
import type { KernelThreadData } from './protocol.ts';

/** URL of this bundle, given by its loader. */
declare const bundleUrl: string;

async function main(data: KernelThreadData): Promise<void> {
  if (data.inspectPort !== undefined) {
    openInspector(data.inspectPort, '127.0.0.1');
    waitForDebugger();
  }
  const machine = new NodeMachine(data, parentPort!, mapStack);
  const kernel = bootKernel(machine, data.commandLine, readFileSync(data.initramfs));
  // A kernel that could not start init answers nobody: the monitor tells of the panic.
  const control = new SynchronousEndpoint(data.control);
  if (!kernel.isHalted) expose(new Control(kernel, machine), control);
  while (kernel.run() !== 'halted') {
    control.deliver();
    // comlink answers in microtasks; they have run when this has.
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** A comlink endpoint whose messages are taken from the port when the kernel loop says so, not when Node would. */
class SynchronousEndpoint implements Endpoint {
  readonly #port: MessagePort;
  #listener: ((event: { data: unknown }) => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
  }
  deliver(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#listener?.({ data: received.message as unknown });
    }
  }
  postMessage(message: unknown, transfer: unknown[] = []): void {
    this.#port.postMessage(message, transfer as MessagePort[]);
  }
  addEventListener(_type: string, listener: unknown): void {
    this.#listener = listener as (event: { data: unknown }) => void;
  }
  removeEventListener(): void {
    this.#listener = undefined;
  }
}

let sourceMap: SourceMap | undefined;

/** A stack trace, or a line of one, in terms of the TypeScript source. The map is read only when something went wrong. */
function mapStack(stack: string): string {
  try {
    sourceMap ??= new SourceMap(JSON.parse(readFileSync(new URL(`${bundleUrl}.map`), 'utf8')) as never);
  } catch {
    return stack;
  }
  const map = sourceMap;
  return stack.replace(
    /(\(|at )(?:file:\/\/)?[^\s()]*kernel\.js:([0-9]+):([0-9]+)/g,
    (whole, before: string, line: string, column: string) => {
      const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return whole;
      const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
      return `${before}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    },
  );
}

void main(workerData as KernelThreadData);
