/**
 * The kernel thread: builds the machine, boots the kernel, and runs its loop. It visits its event loop only when the
 * control line is raised, and sleeps in Atomics.wait the rest of the time.
 */
import { open as openInspector, waitForDebugger } from 'node:inspector';
import { dirname } from 'node:path';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Endpoint, expose } from 'comlink';
import { bootKernel } from '../../kernel/boot.ts';
import { NodeControl } from './node-control.ts';
import { NodeMachine } from './node-machine.ts';
import type { KernelThreadData } from './protocol.ts';
import { mapStack } from './source-map.ts';

async function main(data: KernelThreadData): Promise<void> {
  if (data.inspectPort !== undefined) {
    openInspector(data.inspectPort, '127.0.0.1');
    waitForDebugger();
  }
  const machine = new NodeMachine(data, parentPort!, stack => mapStack(stack, [dirname(data.kernelBundle)]));
  const kernel = bootKernel(machine, data.commandLine, new Uint8Array(data.initramfs));
  // A kernel that could not start init answers nobody: the monitor tells of the panic.
  const control = new SynchronousEndpoint(data.control);
  if (!kernel.isHalted) expose(new NodeControl(kernel, machine), control);
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

void main(workerData as KernelThreadData);
