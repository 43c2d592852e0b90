/**
 * The link to a guest inside a guest. The inner kernel is a process of the outer guest, /sbin/lodger, and everything
 * goes through processes there: `lodger --control` boots one whose standard input and output carry requests as JSON
 * lines, `lodger attach PID` reaches one that runs already, `lodger exec PID` lends its streams to an inner command.
 */
import { Readable, Writable } from 'node:stream';
import type { Halt, LogLine } from '../machine.ts';
import type { FsRequest, FsValue, Reply } from '../control/protocol.ts';
import { GuestError, OptionError } from './errors.ts';
import type { GuestInfo } from './guest-info.ts';
import { unwrap } from './guest-fs.ts';
import { JsonLines } from './json-lines.ts';
import { Lifeline } from './lifeline.ts';
import type { Command, GuestConsole, GuestLink, RemoteControl, Started } from './link.ts';
import { type ExitStatus, signalNumber } from './process.ts';
import { readAll, takeLine } from './streams.ts';

const LODGER = '/sbin/lodger';
const ENV = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LANG=C.UTF-8',
];
/** The status of lodger when there is no guest to run anything in. */
const STATUS_NO_GUEST = 125;
/** How long an inner kernel that has stopped may take to leave. */
const LEAVE_MS = 1000;
/** What is kept of its standard error. */
const MAX_COMPLAINT_CHARS = 16384;
/** The most that one request writes to a file. */
const PIECE_BYTES = 8 * 2 ** 20;

type Origin = 'booted' | 'attached';

export class NestedLink implements GuestLink {
  readonly life = new Lifeline();
  readonly control: RemoteControl;
  readonly console: GuestConsole;
  /** Its threads are threads of the outer guest. */
  readonly threadCount = 0;
  /** The process in the outer guest that is the inner kernel. */
  readonly pid: number;
  readonly #outer: GuestLink;
  readonly #origin: Origin;
  /** Carries the requests; of a booted guest it is the kernel itself. */
  readonly #carrier: Started;
  readonly #lines: JsonLines;
  /** The end of what the carrier wrote to its standard error. */
  #complaint = '';
  #isReady = false;
  #onLog: ((line: LogLine) => void) | undefined;
  /** Lines that came before somebody wanted them. */
  readonly #earlyLines: LogLine[] = [];
  readonly #complaintEnded: Promise<unknown>;
  #closing: Promise<void> | undefined;

  private constructor(outer: GuestLink, origin: Origin, pid: number, carrier: Started) {
    this.#outer = outer;
    this.#origin = origin;
    this.pid = pid;
    this.#carrier = carrier;
    const { stdin, stdout, stderr } = carrier.streams;
    stderr!.setEncoding('utf8');
    stderr!.on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-MAX_COMPLAINT_CHARS);
    });
    this.#complaintEnded = new Promise(resolve => stderr!.once('close', resolve));
    this.#lines = new JsonLines(
      stdout!,
      stdin!,
      event => this.#take(event),
      reason => void this.#ended(reason),
    );
    const call = async <T>(method: string, ...args: readonly unknown[]): Promise<Reply<T>> =>
      (await this.#lines.call(method, args)) as Reply<T>;
    this.control = {
      ready: async () => {
        unwrap(await call('ready'));
        if (origin === 'attached' && !this.#isReady) unwrap(await call('watch'));
        this.#isReady = true;
        return undefined;
      },
      kill: (innerPid, signo) => call('kill', innerPid, signo),
      fs: request => this.#fs(request),
      mount: (tag, path, isReadOnly) => call('mount', tag, path, isReadOnly),
      processes: async () => unwrap(await call('processes')),
      memory: async () => unwrap(await call('memory')),
    };
    this.console = { output: Readable.from([]), input: discarding(), resize: () => {} };
    // Nobody else may be waiting for it.
    carrier.exited.catch(() => {});
  }

  /** Starts an inner kernel with a command line as the command `lodger` has it. Ask `control.ready` next. */
  static async boot(outer: GuestLink, args: readonly string[]): Promise<NestedLink> {
    const carrier = await start(outer, ['--control', ...args]);
    return new NestedLink(outer, 'booted', carrier.pid, carrier);
  }

  /** Reaches the inner kernel that is process `pid` of the outer guest. Ask `control.ready` next. */
  static async attach(outer: GuestLink, pid: number): Promise<NestedLink> {
    return new NestedLink(outer, 'attached', pid, await start(outer, ['attach', String(pid)]));
  }

  set onLog(onLog: (line: LogLine) => void) {
    this.#onLog = onLog;
    this.#earlyLines.splice(0).forEach(onLog);
  }

  trust(content: Uint8Array): void {
    this.#outer.trust(content);
  }

  /** A long file goes in pieces: a line has its limit. */
  async #fs(request: FsRequest): Promise<Reply<FsValue>> {
    const ask = async (piece: FsRequest): Promise<Reply<FsValue>> =>
      (await this.#lines.call('fs', [piece])) as Reply<FsValue>;
    if (request.op !== 'writeFile' || request.data.length <= PIECE_BYTES) return await ask(request);
    const { data } = request;
    let reply = await ask({ ...request, data: data.subarray(0, PIECE_BYTES) });
    for (let at = PIECE_BYTES; at < data.length && !reply.failure; at += PIECE_BYTES)
      reply = await ask({ ...request, data: data.subarray(at, at + PIECE_BYTES), isAppending: true });
    return reply;
  }

  /** What it is called. */
  async name(): Promise<string> {
    return unwrap((await this.life.alive(this.#lines.call('name', []))) as Reply<string>);
  }
  /** The guests inside this one. */
  async guests(): Promise<GuestInfo[]> {
    return unwrap((await this.life.alive(this.#lines.call('guests', []))) as Reply<GuestInfo[]>);
  }

  async spawn({ terminal, ...spec }: Command): Promise<Started> {
    const args = ['exec', '--json', JSON.stringify(spec), String(this.pid)];
    const carrier = await this.life.alive(start(this.#outer, args, terminal));
    carrier.exited.catch(() => {});
    let pid: number;
    try {
      pid = unwrap(await this.life.alive(this.#announced(carrier)));
    } catch (error) {
      for (const stream of Object.values(carrier.streams)) (stream as Readable | Writable | null)?.destroy();
      throw error;
    }
    const exited = this.life.alive(this.#confirmed(carrier.exited));
    exited.catch(() => {
      for (const stream of Object.values(carrier.streams)) (stream as Readable | Writable | null)?.destroy();
    });
    return { pid, streams: carrier.streams, exited, resize: carrier.resize };
  }

  powerOff(): void {
    if (this.#origin === 'booted') this.#carrier.streams.stdin!.end();
    else void this.#lines.call('powerOff', []);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    const { streams, exited } = this.#carrier;
    streams.stdin!.end();
    const gone = exited.then(
      () => true,
      () => true,
    );
    const inTime = async (): Promise<boolean> =>
      await Promise.race([gone, new Promise<false>(resolve => setTimeout(resolve, LEAVE_MS, false).unref())]);
    // A guest that was let go of goes on; one that has stopped, or was told to and did not, is to go now.
    if (!(await inTime())) {
      const pid = this.life.halt ? this.pid : this.#carrier.pid;
      this.#outer.life.alive(this.#outer.control.kill(pid, signalNumber('SIGKILL'))).catch(() => {});
      // An outer guest that does not answer takes it along when it ends.
      await inTime();
    }
    for (const stream of Object.values(streams)) (stream as Readable | Writable | null)?.destroy();
    this.console.output.destroy();
    this.console.input.destroy();
    this.life.end({ kind: 'halt' });
  }

  /** The reply to a spawn: the first line that `lodger exec --json` writes. */
  async #announced({ streams, exited }: Started): Promise<Reply<number>> {
    const line = await takeLine(streams.stdout!);
    if (line !== undefined) {
      try {
        return JSON.parse(line) as Reply<number>;
      } catch {
        throw new Error(`lodger exec: ${line}`);
      }
    }
    const complaint = streams.stderr ? await readAll(streams.stderr) : '';
    await this.#confirmed(exited);
    throw new Error(complaint.trim() || 'lodger exec: no answer');
  }

  /** An exit status that may mean that the guest is gone is believed when the guest has answered once more. */
  async #confirmed(exited: Promise<ExitStatus>): Promise<ExitStatus> {
    const status = await exited;
    if (status.code === STATUS_NO_GUEST) await this.life.alive(this.control.ready());
    return status;
  }

  #take(event: Record<string, unknown>): void {
    if (event['event'] === 'log') {
      if (this.#onLog) this.#onLog(event['line'] as LogLine);
      else this.#earlyLines.push(event['line'] as LogLine);
    }
    if (event['event'] === 'halt') this.life.end(event['how'] as Halt);
  }

  /** The connection ended, and no event has said why. */
  async #ended(reason: string): Promise<void> {
    if (this.life.halt) return;
    let how: Halt;
    try {
      const late = new Promise<undefined>(resolve => setTimeout(resolve, LEAVE_MS, undefined).unref());
      const gone = Promise.all([this.#carrier.exited, this.#complaintEnded]).then(([status]) => status);
      how = this.#haltOf(await Promise.race([gone, late]), reason);
    } catch (error) {
      how = { kind: 'panic', message: `the outer guest is gone: ${(error as Error).message}`, stack: '' };
    }
    this.life.end(how);
  }

  #haltOf(status: ExitStatus | undefined, reason: string): Halt {
    const complaint = this.#complaint.trim();
    if (status?.code === 0) return { kind: 'halt' };
    if (status?.signal)
      return { kind: 'panic', message: `its process was ended by ${status.signal}`, stack: '' };
    const panic = /Kernel panic: (.*)/.exec(complaint)?.[1];
    return { kind: 'panic', message: panic ?? (complaint.split('\n').at(-1) || reason), stack: complaint };
  }

  /** What a failure of the boot means to the caller. */
  explain(error: unknown): unknown {
    const complaint = /^lodger: (?!Kernel panic)(.*)$/m.exec(this.#complaint);
    return complaint && !this.#isReady ? new OptionError(`boot: ${complaint[1]}`) : error;
  }
}

async function start(
  outer: GuestLink,
  args: readonly string[],
  terminal?: Command['terminal'],
): Promise<Started> {
  try {
    return await outer.spawn({
      file: LODGER,
      args: ['lodger', ...args],
      env: ENV,
      cwd: '/',
      uid: 0,
      gid: 0,
      terminal,
    });
  } catch (error) {
    if (!(error instanceof GuestError) || error.code !== 'ENOENT') throw error;
    throw new OptionError(`boot: there is no ${LODGER} in the outer guest`);
  }
}

function discarding(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
