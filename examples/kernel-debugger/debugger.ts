/**
 * A debugger of the guest's kernel, as a script drives it: a client of the inspector protocol that boot's `inspectPort`
 * opens. https://chromedevtools.github.io/devtools-protocol/v8/Debugger/
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface Script {
  readonly scriptId: string;
  readonly url: string;
}

/** Where the kernel stands: the innermost function first. */
interface Paused {
  readonly callFrames: readonly { readonly callFrameId: string; readonly functionName: string }[];
}

type Message =
  | { readonly id: number; readonly result: unknown }
  | { readonly id?: undefined; readonly method: 'Debugger.scriptParsed'; readonly params: Script }
  | { readonly id?: undefined; readonly method: 'Debugger.paused'; readonly params: Paused };

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export class KernelDebugger {
  readonly #socket: WebSocket;
  readonly #replies = new Map<number, (result: unknown) => void>();
  readonly #scripts: Script[] = [];
  readonly #stops: Paused[] = [];
  #onStop: (() => void) | undefined;
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.id !== undefined) this.#replies.get(message.id)?.(message.result);
      else if (message.method === 'Debugger.scriptParsed') this.#scripts.push(message.params);
      else if (message.method === 'Debugger.paused') {
        this.#stops.push(message.params);
        this.#onStop?.();
      }
    };
  }

  /** Attaches to a kernel that is booted with this `inspectPort`, and lets it go on. */
  static async attach(port: number): Promise<KernelDebugger> {
    const socket = new WebSocket(await socketUrl(port));
    await new Promise((done, fail) => {
      socket.onopen = done;
      socket.onerror = fail;
    });
    const client = new KernelDebugger(socket);
    await client.#send('Debugger.enable');
    await client.#send('Runtime.runIfWaitingForDebugger');
    return client;
  }

  /** A breakpoint at the first statement of a function of the kernel: `sysOpenat`. */
  async breakAt(functionName: string): Promise<void> {
    const { scriptId } = this.#scripts.find(({ url }) => /\bkernel\.js$/.test(url))!;
    const query = `function ${functionName}(`;
    const lines = { scriptId, query };
    const { result } = await this.#send<{ result: { lineNumber: number }[] }>(
      'Debugger.searchInContent',
      lines,
    );
    const location = { scriptId, lineNumber: result[0]!.lineNumber + 1, columnNumber: 0 };
    await this.#send('Debugger.setBreakpoint', { location });
  }

  /** Waits until the kernel stands at a breakpoint. */
  async stopped(): Promise<Stop> {
    if (this.#stops.length === 0) await new Promise<void>(done => (this.#onStop = done));
    const { callFrames } = this.#stops.shift()!;
    const { callFrameId, functionName } = callFrames[0]!;
    return {
      functionName,
      evaluate: async expression => {
        const options = { callFrameId, expression, returnByValue: true };
        type Evaluated = { result: { value: unknown } };
        return (await this.#send<Evaluated>('Debugger.evaluateOnCallFrame', options)).result.value;
      },
      step: () => this.#send('Debugger.stepOver').then(() => this.stopped()),
      goOn: () => this.#send('Debugger.resume').then(() => {}),
    };
  }

  /** Takes all breakpoints away and lets the kernel run. */
  async detach(): Promise<void> {
    await this.#send('Debugger.disable');
    this.#socket.close();
  }

  #send<T = unknown>(method: string, params: object = {}): Promise<T> {
    const id = this.#nextId++;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise(done => this.#replies.set(id, result => done(result as T)));
  }
}

export interface Stop {
  readonly functionName: string;
  /** The value of an expression with the locals of the function. */
  evaluate(expression: string): Promise<unknown>;
  /** To the next statement. */
  step(): Promise<Stop>;
  goOn(): Promise<void>;
}

async function socketUrl(port: number): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
      return target!.webSocketDebuggerUrl;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(50);
    }
  }
}
