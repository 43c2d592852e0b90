/**
 * The control server of a kernel that runs in a guest: it answers the requests of host/control/protocol.ts on any number
 * of connections. It never waits: the machine calls `pump` when something may have moved, in the kernel's own thread and
 * between two turns of the kernel. Counterpart: User-mode Linux's mconsole.
 *
 * Order on a connection: replies in the order of requests (but for `guests`, which takes a process of the inner guest);
 * the exit of a process after the reply to its spawn, and after its output has gone to where it was to go.
 */
import type { Halt, LogLine, Port } from '../../host/machine.ts';
import type {
  ControlInterface,
  FsRequest,
  InnerGuest,
  Reply,
  SocketSpawnSpec,
  SpawnSpec,
} from '../../host/control/protocol.ts';
import { type RequestMessage, encodeMessage, refusal } from '../../host/control/json-lines.ts';
import { problemOf } from '../../host/control/requests.ts';
import { EBADF, EINVAL, EIO } from '../../kernel/abi/errno.ts';
import { SIGHUP, SIGKILL } from '../../kernel/abi/signal.ts';
import { SysError } from '../libc/native.ts';
import { ControlConnection, type ControlStream, type Process } from './control-connection.ts';
import { type Capture, InnerListing } from './inner-listing.ts';

/** Connections at once; more are closed as they come. */
const MAX_CONNECTIONS = 128;

/** What the server needs of the machine. */
export interface ControlServerHost {
  /** Makes a port of descriptors, which belong to it from now on, also if this throws; -1: none in that direction. */
  openPort(descriptors: { readonly input: number; readonly output: number }): number;
  /** Forgets a port that nobody uses. */
  closePort(number: number): void;
  port(number: number): Port | undefined;
  /** Everything that was written to the port has gone, or there is no such port any more. */
  isPortFlushed(number: number): boolean;
  /** The terminal behind the port has another size. */
  portResized(number: number): void;
  /** Begins an orderly end. */
  powerOff(): void;
  /** What the guest is called: its host name. */
  name(): string;
}

type Owner = ControlConnection | InnerListing;

export class ControlServer {
  readonly #control: ControlInterface;
  readonly #host: ControlServerHost;
  readonly #capture: () => Capture;
  readonly #connections = new Set<ControlConnection>();
  readonly #listings = new Set<InnerListing>();
  /** Who wants to know of the end of a process. */
  readonly #owners = new Map<number, Owner>();
  #accept: () => ControlStream | undefined = () => undefined;
  /** The connection whose end is the guest's. */
  #main: ControlConnection | undefined;

  /** `capture` makes descriptors for a program whose output the server reads. */
  constructor(control: ControlInterface, host: ControlServerHost, capture: () => Capture) {
    this.#control = control;
    this.#host = host;
    this.#capture = capture;
  }

  /** From where new connections come: each call gives one, or undefined if none waits. */
  listen(accept: () => ControlStream | undefined): void {
    this.#accept = accept;
  }

  /** Serves whoever started this guest to control it: gets the log; the end of its input is a request to power off. */
  serveMain(stream: ControlStream): void {
    this.#main = new ControlConnection(stream);
    this.#main.isWatching = true;
    this.#connections.add(this.#main);
  }

  /** Moves what can be moved. True: call again soon, there is more. */
  pump(): boolean {
    this.#acceptAll();
    let isMore = false;
    for (const listing of this.#listings) {
      if (listing.pump()) this.#listings.delete(listing);
    }
    for (const connection of this.#connections) {
      const serve = (request: RequestMessage): void => this.#serve(connection, request);
      if (connection.pump(serve)) isMore = true;
      this.#tellExits(connection);
      if (connection === this.#main) this.#watchMain(connection);
      else if (connection.isClosed || connection.isDone) this.#drop(connection);
    }
    return isMore;
  }

  /** A process that `spawn` started has ended. */
  exited(pid: number, status: number): void {
    const owner = this.#owners.get(pid);
    this.#owners.delete(pid);
    if (owner instanceof ControlConnection) {
      const process = owner.processes.get(pid);
      if (process !== undefined) process.status = status;
      this.#tellExits(owner);
      owner.flush();
    } else owner?.exited(status);
  }

  log(line: LogLine): void {
    for (const connection of this.#connections) {
      if (!connection.isWatching) continue;
      connection.sendLog({ event: 'log', line });
      connection.flush();
    }
  }

  /** Tells everybody that the guest has stopped. Then `isFlushed` tells when they have heard it. */
  halted(how: Halt): void {
    for (const connection of this.#connections) {
      for (const [pid, process] of connection.processes) this.#tellExit(connection, pid, process);
      connection.send({ event: 'halt', how });
      connection.flush();
    }
  }
  get isFlushed(): boolean {
    return [...this.#connections].every(connection => connection.isClosed || connection.isFlushed);
  }
  /** Sends what there is room for, and takes no more requests. */
  flush(): void {
    for (const connection of this.#connections) connection.flush();
  }
  close(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  #acceptAll(): void {
    for (let stream = this.#accept(); stream !== undefined; stream = this.#accept()) {
      if (this.#connections.size < MAX_CONNECTIONS) this.#connections.add(new ControlConnection(stream));
      else stream.close();
    }
  }

  #watchMain(connection: ControlConnection): void {
    if (!connection.isInputEnded) return;
    this.#main = undefined; // it goes on to get events
    this.#host.powerOff();
    if (connection.isClosed) this.#drop(connection);
    else connection.postpone();
  }

  /** The peer is gone: as when a terminal hangs up, what it ran is told. */
  #drop(connection: ControlConnection): void {
    this.#connections.delete(connection);
    connection.close();
    for (const [pid, process] of connection.processes) {
      this.#owners.delete(pid);
      if (process.status === undefined) this.#control.kill(pid, SIGHUP);
    }
    for (const listing of this.#listings) {
      if (listing.isFor(connection)) this.#control.kill(listing.pid, SIGKILL);
    }
  }

  #tellExits(connection: ControlConnection): void {
    for (const [pid, process] of connection.processes) {
      const isComplete = process.outputs.every(port => this.#host.isPortFlushed(port));
      if (process.status !== undefined && isComplete) this.#tellExit(connection, pid, process);
    }
  }
  #tellExit(connection: ControlConnection, pid: number, { status }: Process): void {
    if (status === undefined) return;
    connection.processes.delete(pid);
    connection.send({ event: 'exit', pid, status });
    connection.flush();
  }

  #serve(connection: ControlConnection, { id, method, args }: RequestMessage): void {
    const problem = problemOf(method, args);
    if (problem !== undefined) {
      connection.dropDescriptors();
      return connection.send({ id, failure: refusal(problem) });
    }
    try {
      const reply = this.#answer(connection, id, method, args);
      if (reply !== 'later') connection.send({ id, ...reply });
    } catch (error) {
      // The request was not what its handler can take, in a way that its shape does not show.
      const message = error instanceof Error ? error.message : String(error);
      connection.send({ id, failure: refusal(message, error instanceof SysError ? error.errno : EIO) });
    }
  }

  /** The arguments have the shape that the method asks for. */
  #answer(
    connection: ControlConnection,
    id: number,
    method: string,
    args: readonly unknown[],
  ): Reply<unknown> | 'later' {
    const control = this.#control;
    switch (method) {
      case 'spawn':
        return this.#spawn(connection, args[0] as SocketSpawnSpec);
      case 'kill':
        return control.kill(args[0] as number, args[1] as number);
      case 'fs':
        return control.fs(args[0] as FsRequest);
      case 'mount':
        return control.mount(args[0] as string, args[1] as string, args[2] as boolean);
      case 'processes':
        return { value: control.processes() };
      case 'memory':
        return { value: control.memory() };
      case 'name':
        return { value: this.#host.name() };
      case 'resize':
        return this.#resize(args[0] as number);
      case 'guests':
        return this.#listGuests(connection, id);
      case 'watch':
        connection.isWatching = true;
        return {};
      case 'powerOff':
        this.#host.powerOff();
        return {};
      default: // ready
        return {};
    }
  }

  #spawn(connection: ControlConnection, spec: SocketSpawnSpec): Reply<number> {
    const indexes = 'terminal' in spec.stdio ? [spec.stdio.terminal] : spec.stdio;
    // Each once, and all of those that came with the request.
    if (indexes.some((index, i) => index >= indexes.length || indexes.indexOf(index) !== i)) {
      connection.dropDescriptors();
      return { failure: refusal('stdio', EINVAL) };
    }
    const descriptors = connection.takeDescriptors(indexes.length);
    if (descriptors === undefined) return { failure: refusal('descriptors come with the request', EBADF) };
    const isTerminal = 'terminal' in spec.stdio;
    const ordered = indexes.map(index => descriptors[index]!);
    const ports = this.#openPorts(connection, ordered, isTerminal ? 'terminal' : 'streams');
    const stdio: SpawnSpec['stdio'] = isTerminal ? { terminal: ports[0]! } : ports;
    const reply = this.#control.spawn({ ...spec, cwd: spec.cwd ?? undefined, stdio });
    if (reply.value === undefined) {
      for (const port of ports) this.#host.closePort(port);
      return reply;
    }
    // The process has not run yet: this is the first that its output gets.
    if (spec.isAnnounced)
      this.#host.port(ports[isTerminal ? 0 : 1]!)?.write(encodeMessage({ id: null, ...reply }));
    this.#owners.set(reply.value, connection);
    connection.processes.set(reply.value, {
      outputs: isTerminal ? ports : ports.slice(1),
      terminal: isTerminal ? ports[0] : undefined,
      status: undefined,
    });
    return reply;
  }

  /** The ports of a process: one for all that is a terminal, or descriptor 0 to read and the others to write. */
  #openPorts(
    connection: ControlConnection,
    descriptors: readonly number[],
    kind: 'terminal' | 'streams',
  ): number[] {
    const ports: number[] = [];
    for (const [fd, descriptor] of descriptors.entries()) {
      const input = kind === 'terminal' || fd === 0 ? descriptor : -1;
      const output = kind === 'terminal' || fd > 0 ? descriptor : -1;
      try {
        ports.push(this.#host.openPort({ input, output }));
      } catch (error) {
        for (const port of ports) this.#host.closePort(port);
        connection.drop(descriptors.slice(fd + 1));
        throw error;
      }
    }
    return ports;
  }

  #resize(pid: number): Reply<undefined> {
    const owner = this.#owners.get(pid);
    const process = owner instanceof ControlConnection ? owner.processes.get(pid) : undefined;
    if (process?.terminal !== undefined) this.#host.portResized(process.terminal);
    return {};
  }

  #listGuests(connection: ControlConnection, id: number): Reply<readonly InnerGuest[]> | 'later' {
    if (!InnerListing.isNeeded(this.#control)) return { value: [] };
    const listing = new InnerListing(connection, id);
    const reply = listing.start(this.#control, this.#host, this.#capture());
    if (reply.value === undefined) return { value: [] }; // no program there that could tell
    this.#owners.set(reply.value, listing);
    this.#listings.add(listing);
    connection.postpone();
    return 'later';
  }
}
