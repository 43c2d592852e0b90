import { describe, expect, it } from 'vitest';
import type { ControlInterface, SpawnSpec } from '../../host/control/protocol.ts';
import { LineSplitter, MAX_LINE_BYTES, decodeJson } from '../../host/control/json-lines.ts';
import type { Arrival, ControlStream } from './control-connection.ts';
import { ControlServer, type ControlServerHost } from './control-server.ts';

/** One end in memory: what the peer sends is queued, what it gets has `room`. */
class MemoryStream implements ControlStream {
  readonly arrivals: (Arrival | 'ended')[] = [];
  readonly dropped: number[] = [];
  room = Infinity;
  isClosed = false;
  readonly #splitter = new LineSplitter();
  #received: unknown[] = [];

  request(message: unknown, descriptors: number[] = []): void {
    const line = typeof message === 'string' ? message : JSON.stringify(message);
    this.arrivals.push({ bytes: new TextEncoder().encode(`${line}\n`), descriptors });
  }
  /** What came since the last look. */
  take(): unknown[] {
    return this.#received.splice(0);
  }

  receive(): Arrival | 'nothing' | 'ended' {
    return this.arrivals.shift() ?? 'nothing';
  }
  send(bytes: Uint8Array): number | 'broken' {
    if (this.isClosed) return 'broken';
    const count = Math.min(this.room, bytes.length);
    this.room -= count;
    for (const line of this.#splitter.feed(bytes.subarray(0, count)))
      this.#received.push((decodeJson(line as Uint8Array) as { value: unknown }).value);
    return count;
  }
  drop(descriptor: number): void {
    this.dropped.push(descriptor);
  }
  close(): void {
    this.isClosed = true;
  }
}

function setUp() {
  const log: unknown[] = [];
  const spawned: SpawnSpec[] = [];
  const written: string[] = [];
  const busy = new Set<number>();
  const control: ControlInterface = {
    spawn(spec) {
      spawned.push(spec);
      return spec.file === 'absent'
        ? { failure: { code: 'ENOENT', errno: 2, text: 'no such file', syscall: 'spawn', path: 'absent' } }
        : { value: 100 + spawned.length };
    },
    kill(...args) {
      log.push(['kill', ...args]);
      return { value: undefined };
    },
    fs(request) {
      if (request.op === 'readlink') throw new TypeError('a bug');
      if (request.op === 'readFile') return { value: new Uint8Array(300_000).fill(1) };
      return request.path === '/run/lodger' && request.op === 'readdir'
        ? { value: [{ name: '7.sock', type: 12 }] }
        : { value: undefined };
    },
    mount: () => ({ value: undefined }),
    processes: () => [{ pid: 1, ppid: 0, command: 'init', state: 'sleeping' }],
    memory: () => ({ totalBytes: 2, freeBytes: 1 }),
    ready: () => undefined,
  };
  let ports = 0;
  const host: ControlServerHost = {
    openPort(descriptors) {
      log.push(['open', descriptors.input, descriptors.output]);
      return ++ports;
    },
    closePort: number => void log.push(['close', number]),
    port: number =>
      ({
        write: (bytes: Uint8Array) => written.push(`${number} ${new TextDecoder().decode(bytes)}`),
      }) as never,
    isPortFlushed: number => !busy.has(number),
    portResized: number => void log.push(['resized', number]),
    powerOff: () => void log.push('power off'),
    name: () => 'box',
  };
  const listing = new MemoryStream();
  const capture = () => ({ input: 50, output: 51, errors: 52, stream: listing });
  const server = new ControlServer(control, host, capture);
  const waiting: MemoryStream[] = [];
  server.listen(() => waiting.shift());
  const connect = (): MemoryStream => {
    const stream = new MemoryStream();
    waiting.push(stream);
    return stream;
  };
  return { server, connect, log, spawned, written, busy, listing };
}

const spawn = (id: number, more: object = {}) => ({
  id,
  method: 'spawn',
  args: [{ file: 'sh', args: ['sh'], env: [], uid: 0, gid: 0, stdio: [0, 1, 2], ...more }],
});

describe('a control connection', () => {
  it('answers requests in their order, and refuses what is none', () => {
    const { server, connect, log } = setUp();
    const peer = connect();
    peer.request({ id: 1, method: 'memory', args: [] });
    peer.request('{nonsense');
    peer.request({ id: 2, method: 'format', args: [] });
    peer.request({ id: 3, method: 'fs', args: [{ op: 'readlink', path: '/x' }] });
    peer.request({ id: 4, method: 'name' });
    peer.request({ id: 5, method: 'powerOff' });
    server.pump();
    expect(peer.take()).toEqual([
      { id: 1, value: { totalBytes: 2, freeBytes: 1 } },
      { id: null, failure: expect.objectContaining({ code: 'EINVAL' }) },
      { id: 2, failure: expect.objectContaining({ code: 'EINVAL' }) },
      { id: 3, failure: expect.objectContaining({ code: 'EIO', text: expect.stringContaining('a bug') }) },
      { id: 4, value: 'box' },
      { id: 5 },
    ]);
    expect(log).toEqual(['power off']);
  });

  it('takes no more requests while the peer does not read, and goes on when it does', () => {
    const { server, connect } = setUp();
    const peer = connect();
    peer.room = 10;
    for (let id = 0; id < 10; id++)
      peer.request({ id, method: 'fs', args: [{ op: 'readFile', path: '/f' }] });
    server.pump();
    expect(peer.arrivals.length).toBeGreaterThan(5);
    peer.room = Infinity;
    server.pump();
    expect(peer.arrivals).toEqual([]);
    expect(peer.take()).toHaveLength(10);
  });

  it('leaves time for others when there is much to do', () => {
    const { server, connect } = setUp();
    const peer = connect();
    for (let id = 0; id < 100; id++) peer.request({ id, method: 'ready' });
    expect(server.pump()).toBe(true);
    expect(peer.take().length).toBeLessThan(100);
    while (server.pump());
    expect(peer.arrivals).toEqual([]);
  });

  it('survives a line without an end', () => {
    const { server, connect } = setUp();
    const peer = connect();
    const bytes = new Uint8Array(2 ** 20).fill(0x20);
    for (let sent = 0; sent <= MAX_LINE_BYTES; sent += bytes.length)
      peer.arrivals.push({ bytes, descriptors: [] });
    while (server.pump());
    expect(peer.take()).toEqual([{ id: null, failure: expect.objectContaining({ code: 'EMSGSIZE' }) }]);
    peer.request('');
    peer.request({ id: 1, method: 'ready' });
    server.pump();
    expect(peer.take()).toEqual([{ id: 1 }]);
  });

  it('ends when its peer has sent all and got all', () => {
    const { server, connect } = setUp();
    const peer = connect();
    peer.room = 5;
    peer.request({ id: 1, method: 'ready' });
    peer.arrivals.push('ended');
    server.pump();
    expect(peer.isClosed).toBe(false);
    peer.room = Infinity;
    server.pump();
    expect(peer.take()).toEqual([{ id: 1 }]);
    expect(peer.isClosed).toBe(true);
  });
});

describe('a process that is started over a connection', () => {
  it('gets the descriptors that came with the request, and its end is told after its output is gone', () => {
    const { server, connect, log, spawned, busy } = setUp();
    const [peer, other] = [connect(), connect()];
    peer.request(spawn(1), [20, 21, 22]);
    server.pump();
    expect(log).toEqual([
      ['open', 20, -1],
      ['open', -1, 21],
      ['open', -1, 22],
    ]);
    expect(spawned[0]!.stdio).toEqual([1, 2, 3]);
    busy.add(2);
    server.exited(101, 256);
    expect(peer.take()).toEqual([{ id: 1, value: 101 }]);
    busy.clear();
    server.pump();
    expect(peer.take()).toEqual([{ event: 'exit', pid: 101, status: 256 }]);
    expect(other.take()).toEqual([]);
    peer.arrivals.push('ended');
    server.pump();
    expect(log).toHaveLength(3);
  });

  it('has a terminal of one descriptor, whose size can change', () => {
    const { server, connect, log, written } = setUp();
    const peer = connect();
    peer.request(spawn(1, { stdio: { terminal: 0 }, isAnnounced: true }), [20]);
    peer.request({ id: 2, method: 'resize', args: [101] });
    server.pump();
    expect(log).toEqual([
      ['open', 20, 20],
      ['resized', 1],
    ]);
    expect(written).toEqual(['1 {"id":null,"value":101}\n']);
  });

  it('is hung up when the peer goes away', () => {
    const { server, connect, log } = setUp();
    const peer = connect();
    peer.request(spawn(1), [20, 21, 22]);
    peer.arrivals.push('ended');
    server.pump();
    expect(log.at(-1)).toEqual(['kill', 101, 1]);
    expect(peer.isClosed).toBe(true);
    server.exited(101, 1);
  });

  it('leaves nothing if it does not start', () => {
    const { server, connect, log } = setUp();
    const peer = connect();
    peer.request(spawn(1, { file: 'absent' }), [20, 21, 22]);
    peer.request(spawn(2), [23]);
    peer.request(spawn(3, { stdio: [0, 0] }), [24, 25]);
    peer.request(spawn(4, { stdio: [1, 2, 3] }), []);
    server.pump();
    expect(peer.take()).toEqual([
      { id: 1, failure: expect.objectContaining({ code: 'ENOENT' }) },
      { id: 2, failure: expect.objectContaining({ code: 'EBADF' }) },
      { id: 3, failure: expect.objectContaining({ code: 'EINVAL' }) },
      { id: 4, failure: expect.objectContaining({ code: 'EINVAL' }) },
    ]);
    expect(log.slice(3)).toEqual([
      ['close', 1],
      ['close', 2],
      ['close', 3],
    ]);
    expect(peer.dropped).toEqual([23, 24, 25]);
  });
});

describe('a guest that is controlled by its starter', () => {
  it('gives it the log, and powers off when it goes', () => {
    const { server, connect, log } = setUp();
    const main = new MemoryStream();
    server.serveMain(main);
    const other = connect();
    server.pump();
    const line = { timeNs: 5, level: 6, text: 'booted' };
    server.log(line);
    main.request({ id: 1, method: 'ready' });
    main.arrivals.push('ended');
    server.pump();
    server.pump();
    expect(log).toEqual(['power off']);
    server.halted({ kind: 'poweroff' });
    const halt = { event: 'halt', how: { kind: 'poweroff' } };
    expect(main.take()).toEqual([{ event: 'log', line }, { id: 1 }, halt]);
    expect(other.take()).toEqual([halt]);
    expect(server.isFlushed).toBe(true);
  });
});

describe('the guests inside', () => {
  const list = [{ pid: 7, name: 'in', memory: { totalBytes: 1, freeBytes: 1 }, processes: [], guests: [] }];
  it('are told by a program of the guest, while other requests go on', () => {
    const { server, connect, spawned, listing } = setUp();
    const peer = connect();
    peer.request({ id: 1, method: 'guests' });
    peer.request({ id: 2, method: 'ready' });
    peer.arrivals.push('ended');
    server.pump();
    expect(spawned[0]!.args).toEqual(['lodger', 'ps', '--json']);
    expect(peer.take()).toEqual([{ id: 2 }]);
    expect(peer.isClosed).toBe(false);
    listing.request(JSON.stringify(list));
    listing.arrivals.push('ended');
    server.pump();
    expect(peer.take()).toEqual([{ id: 1, value: list }]);
    expect(peer.isClosed && listing.isClosed).toBe(true);
    server.exited(101, 0);
  });

  it('are none if the program says nothing of use', () => {
    const { server, connect, listing } = setUp();
    const peer = connect();
    peer.request({ id: 1, method: 'guests' });
    server.pump();
    listing.request('Segmentation fault');
    listing.arrivals.push('ended');
    server.pump();
    expect(peer.take()).toEqual([{ id: 1, value: [] }]);
  });
});
