/**
 * A control server without a kernel behind it, and the commands that talk to it: `control serve` listens on this
 * process's control socket and starts the processes it is asked for in this very guest; `control exec`, `attach`, `ps`
 * and `stop` are those of lodger.
 */
import type { ControlInterface, Name, SpawnSpec } from '../../host/control/protocol.ts';
import type { Port } from '../../host/machine.ts';
import { fromText } from '../../kernel/abi/byte-string.ts';
import {
  SIGCHLD,
  SIGIO,
  SIGPIPE,
  SIG_BLOCK,
  kill,
  signal,
  sigprocmask,
  sigsuspend,
} from '../../userland/libc/signal.ts';
import { O_RDWR } from '../../userland/libc/fcntl.ts';
import { type NativeThread, SysError } from '../../userland/libc/native.ts';
import { spawn, waitpid } from '../../userland/libc/process.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { winsize } from '../../userland/libc/termios.ts';
import { close, getpid, open, write } from '../../userland/libc/unistd.ts';
import { attach } from '../../userland/lodger/attach.ts';
import { ControlService } from '../../userland/lodger/control.ts';
import type { ControlServerHost } from '../../userland/lodger/control-server.ts';
import { exec } from '../../userland/lodger/exec.ts';
import { ps } from '../../userland/lodger/ps.ts';
import { stop } from '../../userland/lodger/stop.ts';

const WNOHANG = 1;

const bytesOf = (name: Name): string =>
  typeof name === 'string' ? fromText(name) : String.fromCharCode(...name);

/** What stands for a machine's ports: the descriptors themselves, which the process inherits. */
class Descriptors implements ControlServerHost {
  readonly #ports = new Map<number, number>();
  #next = 1;
  isPoweringOff = false;
  /** The processes, and the ports that each was started with. */
  readonly running = new Map<number, readonly number[]>();

  openPort({ input, output }: { readonly input: number; readonly output: number }): number {
    this.#ports.set(this.#next, input >= 0 ? input : output);
    return this.#next++;
  }
  descriptor(number: number): number {
    return this.#ports.get(number)!;
  }
  closePort(number: number): void {
    if (this.#ports.has(number)) close(this.descriptor(number));
    this.#ports.delete(number);
  }
  port(number: number): Port {
    return { write: (bytes: Uint8Array) => write(this.descriptor(number), bytes) } as Port;
  }
  isPortFlushed(): boolean {
    return true;
  }
  portResized(number: number): void {
    const [pid] = [...this.running].find(([, ports]) => ports.includes(number))!;
    const fd = open(`/proc/${pid}/fd/0`, O_RDWR);
    const { rows, columns } = winsize(fd);
    write(fd, `resized ${rows} ${columns}\n`);
    close(fd);
  }
  powerOff(): void {
    this.isPoweringOff = true;
  }
  name(): string {
    return 'fake';
  }
}

function serve(): number {
  const host = new Descriptors();
  const { running } = host;
  const control: ControlInterface = {
    spawn({ file, args, env, stdio }: SpawnSpec) {
      const ports = 'terminal' in stdio ? [stdio.terminal, stdio.terminal, stdio.terminal] : stdio;
      const fds = ports.map((port, fd) => [fd, host.descriptor(port)] as const);
      try {
        const pid = spawn(bytesOf(file), args.map(bytesOf), { fds, env: env.map(bytesOf) });
        running.set(pid, ports);
        return { value: pid };
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        const { code, errno, message } = error;
        return { failure: { code, errno, text: message.toLowerCase(), syscall: 'spawn', path: undefined } };
      }
    },
    kill(pid, signo) {
      kill(pid, signo);
      return {};
    },
    fs: ({ op, path }) => (op === 'readFile' ? { value: Uint8Array.from(path, c => c.charCodeAt(0)) } : {}),
    mount: () => ({}),
    processes: () => [
      { pid: 1, ppid: 0, command: 'init', state: 'sleeping' },
      ...[...running.keys()].map(pid => ({ pid, ppid: 1, command: 'child', state: 'running' })),
    ],
    memory: () => ({ totalBytes: 64 * 2 ** 20, freeBytes: 60 * 2 ** 20 }),
    ready: () => undefined,
  };
  signal(SIGPIPE, 'ignore');
  signal(SIGIO, () => {});
  signal(SIGCHLD, () => {});
  sigprocmask(SIG_BLOCK, [SIGIO, SIGCHLD]);
  const service = new ControlService(control, host);
  write(1, `${getpid()}\n`);
  while (!host.isPoweringOff) {
    for (let more = true; more && running.size > 0;) {
      const { pid, status } = waitpid(-1, WNOHANG);
      more = pid > 0;
      if (pid === 0) break;
      running.delete(pid);
      service.exited(pid, status);
    }
    const more = service.pump();
    // The processes have them now.
    for (const ports of running.values()) for (const port of ports) host.closePort(port);
    if (!more && !host.isPoweringOff) sigsuspend([]);
  }
  service.end({ kind: 'poweroff' });
  return 0;
}

const commands: Record<string, (argv: string[]) => number> = { serve, exec, attach, ps, stop };

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => argv => commands[argv[1]!]!(argv.slice(1)));
}
