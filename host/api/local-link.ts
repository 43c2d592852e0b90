/** The link to a guest that this process booted: its monitor, and comlink to its kernel thread. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { LogLine } from '../machine.ts';
import type { SpawnSpec } from '../control/protocol.ts';
import { Monitor, type MonitorOptions } from '../node/monitor.ts';
import type { NodeControlInterface, PortSpec } from '../node/node-control.ts';
import type { OutsidePort } from '../node/port-ring.ts';
import { unwrap } from './guest-fs.ts';
import { Lifeline } from './lifeline.ts';
import type { Command, GuestConsole, GuestLink, Started } from './link.ts';
import { PortReadable, PortWritable } from './port-streams.ts';
import { type ExitStatus, decodeStatus } from './process.ts';

export class LocalLink implements GuestLink {
  readonly life = new Lifeline();
  readonly control: Remote<NodeControlInterface>;
  readonly console: GuestConsole;
  onLog: (line: LogLine) => void = () => {};
  readonly #monitor: Monitor;
  readonly #waiting = new Map<number, (status: ExitStatus) => void>();
  /** Exits that came before spawn's answer. */
  readonly #early = new Map<number, ExitStatus>();
  #isClosed = false;

  constructor(options: MonitorOptions) {
    const monitor = new Monitor(options);
    this.#monitor = monitor;
    this.control = controlOf(monitor);
    const output = new PortReadable(monitor.console);
    const input = new PortWritable(monitor.console);
    monitor.watchConsole(() => {
      output.pump();
      input.pump();
    });
    this.console = { output, input, resize: (rows, columns) => monitor.console.setWindowSize(rows, columns) };
    monitor.on('log', line => this.onLog(line));
    monitor.on('exit', (pid, status) => this.#processExited(pid, decodeStatus(status)));
    monitor.on('halt', how => this.life.end(how));
  }

  get threadCount(): number {
    return this.#monitor.threadCount;
  }

  powerOff(): void {
    this.#monitor.raisePower();
  }

  trust(content: Uint8Array): void {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.#monitor.trust({
      path: `installed-${sha256.slice(0, 12)}.js`,
      sha256,
      source: Buffer.from(content).toString('latin1'),
    });
  }

  async spawn({ terminal, ...command }: Command): Promise<Started> {
    const ports = new SpawnPorts(this.#monitor, terminal);
    const closePorts = (): void => {
      for (const number of ports.close()) {
        if (!this.#isClosed) void this.control.closePort(number);
      }
    };
    let pid: number;
    try {
      pid = unwrap(
        await this.life.alive(this.control.spawn({ ...command, stdio: ports.stdio }, ports.specs)),
      );
    } catch (error) {
      closePorts();
      throw error;
    }
    const exited = this.life.alive(this.#exitOf(pid));
    const { stdin, stdout, stderr } = ports;
    // Ports stay until the process has ended and what it (or a child that it left behind) wrote was read.
    void Promise.allSettled([exited, ended(stdout), ended(stderr)]).then(closePorts);
    exited.catch(() => {
      // The guest is gone: what it wrote can still be read, and then the streams end.
      stdin.destroy();
      stdout.finish();
      stderr?.finish();
    });
    return { pid, streams: { stdin, stdout, stderr }, exited, resize: ports.resize };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#monitor.close();
    // Streams that nobody has destroyed end here.
    this.console.output.destroy();
    this.console.input.destroy();
  }

  #processExited(pid: number, status: ExitStatus): void {
    const resolve = this.#waiting.get(pid);
    if (resolve) {
      this.#waiting.delete(pid);
      resolve(status);
    } else {
      this.#early.set(pid, status);
    }
  }

  #exitOf(pid: number): Promise<ExitStatus> {
    const early = this.#early.get(pid);
    if (early) {
      this.#early.delete(pid);
      return Promise.resolve(early);
    }
    return new Promise(resolve => this.#waiting.set(pid, resolve));
  }
}

/** The ports of one command, as streams: three pipes, or one terminal. */
class SpawnPorts {
  readonly stdio: SpawnSpec['stdio'];
  readonly specs: PortSpec[] = [];
  readonly stdin: PortWritable;
  readonly stdout: PortReadable;
  /** null with a terminal. */
  readonly stderr: PortReadable | null = null;
  readonly resize: ((rows: number, columns: number) => void) | undefined;
  readonly #monitor: Monitor;

  constructor(monitor: Monitor, terminal: Command['terminal']) {
    this.#monitor = monitor;
    const open = (onChange: (port: OutsidePort) => void): ReturnType<Monitor['openPort']> => {
      const port = monitor.openPort(onChange);
      this.specs.push({ number: port.number, memory: port.memory });
      return port;
    };
    if (terminal) {
      const tty = open(() => {
        this.stdin.pump();
        this.stdout.pump();
      });
      tty.port.setWindowSize(terminal.rows, terminal.columns);
      this.stdin = new PortWritable(tty.port);
      this.stdout = new PortReadable(tty.port);
      this.resize = (rows, columns) => tty.port.setWindowSize(rows, columns);
      this.stdio = { terminal: tty.number };
      return;
    }
    const stdin = open(() => this.stdin.pump());
    const stdout = open(() => this.stdout.pump());
    const stderr = open(() => this.stderr?.pump());
    this.stdin = new PortWritable(stdin.port);
    this.stdout = new PortReadable(stdout.port);
    this.stderr = new PortReadable(stderr.port);
    this.stdio = [stdin.number, stdout.number, stderr.number];
  }

  /** Gives the ports back; their numbers. */
  close(): readonly number[] {
    const numbers = this.specs.map(({ number }) => number);
    for (const number of numbers) this.#monitor.closePort(number);
    return numbers;
  }
}

/**
 * The control channel. Not in the constructor: comlink keeps the endpoint until the proxy is collected, so the endpoint
 * must not lead back to the guest, which has the proxy.
 */
function controlOf(monitor: Monitor): Remote<NodeControlInterface> {
  const endpoint = nodeEndpoint(monitor.control);
  return wrap<NodeControlInterface>({
    ...endpoint,
    postMessage: (message: unknown, transfer?: unknown[]) => {
      endpoint.postMessage(message, transfer);
      monitor.raiseControl();
    },
  });
}

async function ended(stream: PortReadable | null): Promise<void> {
  if (!stream || stream.closed) return;
  await once(stream, 'close');
}
