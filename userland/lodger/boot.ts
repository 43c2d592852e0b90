/**
 * lodger: boots a guest in this guest. The kernel that is compiled into this program runs on the machine made of guest
 * system calls (host/guest), in this process: it ends with it, and everything that it uses is this process's.
 *
 * Status: that of the command, 128 + n if signal n ended it; 125 if the guest could not be started or panicked, 126 and
 * 127 if the command could not be.
 */
import { LINE_CONTROL, LINE_POWER, type HostDirectory, type LogLine } from '../../host/machine.ts';
import { Control } from '../../host/control/control.ts';
import type { Reply } from '../../host/control/protocol.ts';
import { GuestMachine } from '../../host/guest/guest-machine.ts';
import type { PortDescriptors } from '../../host/guest/descriptor-port.ts';
import { guestFs } from '../../host/guest/host-fs.ts';
import { fromText, toText } from '../../kernel/abi/byte-string.ts';
import { ENOEXEC } from '../../kernel/abi/errno.ts';
import { bootKernel } from '../../kernel/boot.ts';
import { F_DUPFD_CLOEXEC } from '../../kernel/abi/fcntl.ts';
import { shellStatus } from '../libc/wait.ts';
import { fcntl } from '../libc/fcntl.ts';
import { UsageError } from '../libc/getopt.ts';
import { SysError, native, unwindOnlyIf } from '../libc/native.ts';
import { execve } from '../libc/process.ts';
import { SIGINT, SIGQUIT, signal } from '../libc/signal.ts';
import { S_ISDIR, tryStat } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { env, errorText, warn } from '../libc/stdlib.ts';
import { getcwd, isatty, write } from '../libc/unistd.ts';
import { realPath } from '../coreutils/lib/realpath.ts';
import { STATUS_NOT_EXECUTABLE, STATUS_NOT_FOUND, commandEnvironment } from './command.ts';
import { ControlService } from './control.ts';
import { MemoryError, mapGuestMemory } from './memory.ts';
import { type CommandLine, USAGE, parseCommandLine } from './options.ts';
import { LentTerminal } from './terminal.ts';

/** That of the package; the build puts it in. */
declare const LODGER_VERSION: string;

const STATUS_NOT_STARTED = 125;
/** The guest was powered off before the command was over, or had begun: as SIGTERM would have ended it. */
const STATUS_ENDED = 143;

export function lodger(argv: string[]): number {
  try {
    const line = parseCommandLine(argv);
    if (line === 'help') stdout.write(fromText(USAGE));
    else if (line === 'version') stdout.write(`lodger ${LODGER_VERSION}\n`);
    else return line.kernel === undefined ? new GuestRun(line).run() : runKernel(line.kernel);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof MemoryError)) throw error;
    warn(error.message);
    return STATUS_NOT_STARTED;
  }
}

/** Replaces this program with another build of it. */
function runKernel({ path, args }: NonNullable<CommandLine['kernel']>): number {
  try {
    return execve(path, args);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const reason =
      error.errno === ENOEXEC ? 'no kernel that the embedder trusts (option programs)' : error.message;
    warn(`--kernel ${path}: ${reason}`);
    return STATUS_NOT_STARTED;
  }
}

/** One guest from its boot to its end. */
class GuestRun {
  readonly #line: CommandLine;
  /** Kept from the ports, for the log. */
  readonly #stderr = fcntl(2, F_DUPFD_CLOEXEC, 3);
  #terminal: LentTerminal | undefined;
  #service: ControlService | undefined;
  /** Lines from before there was somebody to tell. */
  readonly #earlyLog: LogLine[] = [];
  #commandStatus: number | undefined;
  #commandPid = 0;
  /** Signals for the command. */
  readonly #signals: number[] = [];

  constructor(line: CommandLine) {
    this.#line = line;
  }

  run(): number {
    const line = this.#line;
    const directories = requireDirectories(line);
    const memory = mapGuestMemory(line.memory, line.root !== undefined);
    let isRunning = true;
    unwindOnlyIf(() => !isRunning);
    if (line.inspectPort !== undefined) openDebugger(line.inspectPort);
    const machine = new GuestMachine({
      ...memory,
      directories,
      socketDirectories: new Set(
        line.mounts.flatMap(({ hasSockets }, index) => (hasSockets ? [tagOf(index)] : [])),
      ),
      log: entry => this.#log(entry),
      isDebugged: line.inspectPort !== undefined,
      onContinue: () => this.#terminal?.setRaw(),
    });
    this.#openConsole(machine);
    // init's thread starts while the kernel is being built.
    machine.threads.start(1);
    const kernel = bootKernel(machine, this.#parameters(), native().host.initramfs());
    const control = new Control(kernel, {
      exited: (pid, status) => {
        this.#service?.exited(pid, status);
        if (pid !== this.#commandPid) return;
        this.#commandStatus = shellStatus(status);
        machine.raise(LINE_POWER);
      },
    });
    let status = kernel.isHalted ? STATUS_NOT_STARTED : this.#start(control, machine);
    if (status !== 0) machine.raise(LINE_POWER);
    const service = this.#serve(control, machine, () => toText(kernel.hostname));
    machine.raise(LINE_CONTROL); // whoever connected meanwhile is not told of again
    while (kernel.run() !== 'halted') {
      this.#forwardSignals(control);
      if (service.pump()) machine.raise(LINE_CONTROL);
    }
    machine.closePorts();
    this.#terminal?.giveBack();
    isRunning = false;
    const how = machine.halted;
    service.end(how ?? { kind: 'halt' });
    if (how?.kind === 'panic') {
      this.#print(`lodger: Kernel panic: ${how.message}\n${how.stack}`);
      status = STATUS_NOT_STARTED;
    }
    return status !== 0 ? status : (this.#commandStatus ?? (line.command === undefined ? 0 : STATUS_ENDED));
  }

  #serve(control: Control, machine: GuestMachine, name: () => string): ControlService {
    const host = {
      openPort: (descriptors: PortDescriptors) => machine.openPort(descriptors),
      closePort: (number: number) => machine.closePort(number),
      port: (number: number) => machine.port(number),
      isPortFlushed: (number: number) => machine.port(number)?.isFlushed ?? true,
      portResized: (number: number) => machine.portResized(number),
      powerOff: () => machine.raise(LINE_POWER),
      name: () => (this.#line.name === undefined ? name() : toText(this.#line.name)),
    };
    const main = this.#line.isControlled ? { main: { input: own(0), output: own(1) } } : {};
    this.#service = new ControlService(control, host, main);
    for (const line of this.#earlyLog.splice(0)) this.#service.log(line);
    return this.#service;
  }

  get #hasConsole(): boolean {
    return this.#line.command === undefined && !this.#line.isControlled;
  }

  /** Mounts and the command. The status if they fail, else 0. */
  #start(control: Control, machine: GuestMachine): number {
    const { mounts, command } = this.#line;
    for (const [index, { target, isReadOnly }] of mounts.entries()) {
      const { failure } = control.mount(tagOf(index), toText(target), isReadOnly);
      if (failure !== undefined) {
        this.#print(`lodger: --mount: ${toText(target)}: ${failure.text}\n`);
        return STATUS_NOT_STARTED;
      }
    }
    if (command === undefined) return 0;
    return this.#startCommand(control, machine, command.map(toText));
  }

  #startCommand(control: Control, machine: GuestMachine, command: readonly string[]): number {
    const stdio = this.#openStdio(machine);
    const workdir = this.#workdir(control);
    const reply: Reply<number> = control.spawn({
      file: command[0]!,
      args: command,
      env: this.#environment(),
      cwd: workdir === undefined ? undefined : toText(workdir),
      uid: 0,
      gid: 0,
      stdio,
    });
    const { failure, value } = reply;
    if (value !== undefined) {
      this.#commandPid = value;
      for (const signo of [SIGINT, SIGQUIT]) {
        const forward = (): void => {
          this.#signals.push(signo);
          machine.raise(LINE_CONTROL);
        };
        signal(signo, forward, { restart: true });
      }
    }
    if (failure === undefined) return 0;
    this.#print(`lodger: ${command[0]}: ${failure.text}\n`);
    return failure.code === 'ENOENT' ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
  }

  #forwardSignals(control: Control): void {
    for (const signo of this.#signals.splice(0)) control.kill(this.#commandPid, signo);
  }

  #openConsole(machine: GuestMachine): void {
    if (!this.#hasConsole) {
      machine.openPort({ input: -1, output: -1 }, 0);
      return;
    }
    if (isatty(0)) this.#terminal = new LentTerminal(own(0));
    machine.openPort({ input: own(0), output: own(1) }, 0);
  }

  #openStdio(machine: GuestMachine): readonly number[] | { readonly terminal: number } {
    const { terminal } = this.#line;
    const isTerminal = terminal === 'always' || (terminal === 'auto' && [0, 1, 2].every(isatty));
    if (isTerminal) {
      if (isatty(0)) this.#terminal = new LentTerminal(own(0));
      return { terminal: machine.openPort({ input: own(0), output: own(1) }) };
    }
    return [
      machine.openPort({ input: own(0), output: -1 }),
      machine.openPort({ input: -1, output: own(1) }),
      machine.openPort({ input: -1, output: own(2) }),
    ];
  }

  #parameters(): string {
    const { parameters, isTraced } = this.#line;
    const words = [...parameters];
    if (isTraced) words.unshift('strace');
    words.unshift(this.#hasConsole ? 'CONSOLE=once' : 'CONSOLE=none');
    const term = env.get('TERM');
    if (this.#hasConsole && term !== undefined && !/["\s]/.test(term)) words.unshift(`TERM=${term}`);
    return words.map(word => (/\s/.test(word) ? `"${word}"` : word)).join(' ');
  }

  #environment(): string[] {
    const home = this.#isSameRoot ? { HOME: env.get('HOME') ?? '/' } : {};
    return commandEnvironment(this.#line.env, { TERM: 'linux', ...home }).map(toText);
  }

  /** The root is this guest's own. */
  get #isSameRoot(): boolean {
    return this.#line.root !== undefined && realPath(this.#line.root.source, 'existing') === '/';
  }

  /** Where the command begins: with this guest's own root, where lodger was typed, if the new guest has that. */
  #workdir(control: Control): string | undefined {
    if (this.#line.workdir !== undefined || !this.#isSameRoot) return this.#line.workdir;
    const here = getcwd();
    return control.fs({ op: 'stat', path: toText(here) }).failure === undefined ? here : undefined;
  }

  #log(line: LogLine): void {
    if (this.#service !== undefined) this.#service.log(line);
    else if (this.#line.isControlled) this.#earlyLog.push(line);
    const { timeNs, level, text } = line;
    const isTrace = text.startsWith('strace: ');
    if (isTrace ? !this.#line.isTraced : !this.#line.isLogShown && level > 2) return;
    const stamp = `[${(timeNs / 1e9).toFixed(6).padStart(12)}]`;
    this.#print(isTrace ? `${text.slice(8)}\n` : `${stamp} ${text}\n`);
  }

  #print(text: string): void {
    const lines = this.#terminal === undefined ? text : text.replace(/\r?\n/g, '\r\n');
    try {
      write(this.#stderr, fromText(lines));
    } catch (error) {
      // Nobody is there to read it.
      if (!(error instanceof SysError)) throw error;
    }
  }
}

/** Waits for a debugger. UsageError if the embedder does not allow one. */
function openDebugger(port: number): void {
  try {
    native().host.openDebugger(port);
  } catch (error) {
    throw new UsageError(`--inspect ${port}: ${errorText(error)}`);
  }
}

/** A descriptor for a port, which takes it over. */
function own(fd: number): number {
  return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

function tagOf(mount: number): string {
  return `host${mount}`;
}

/** The directories of this guest that the new one sees, by tag. UsageError. */
function requireDirectories({ root, mounts }: CommandLine): Map<string, HostDirectory> {
  const directories = new Map<string, HostDirectory>();
  const add = (tag: string, option: string, source: string, isReadOnly: boolean): void => {
    let path: string;
    try {
      path = realPath(source, 'existing');
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new UsageError(`${option}: cannot read '${source}': ${errorText(error)}`);
    }
    const status = tryStat(path);
    if (status === undefined || !S_ISDIR(status.mode))
      throw new UsageError(`${option}: '${source}' is not a directory`);
    directories.set(tag, { fs: guestFs, path: toText(path), isReadOnly });
  };
  if (root !== undefined) add('root', '--root', root.source, root.isReadOnly);
  for (const [index, mount] of mounts.entries()) add(tagOf(index), '--mount', mount.source, mount.isReadOnly);
  return directories;
}
