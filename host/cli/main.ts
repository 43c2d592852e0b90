/** The command `lodger`: boots a guest to a shell on this terminal, or runs one command in it. */
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Guest, type GuestProcess, GuestError, KernelPanic, OptionError, boot } from '../api/index.ts';
import { shellStatus } from '../api/process.ts';
import type { LogLine } from '../machine.ts';
import { type CommandLine, USAGE, parseCommandLine } from './options.ts';
import { psCommand } from './ps.ts';
import { lendTerminal } from './terminal.ts';

/** Status when the guest could not be started at all; env(1) and docker use it so. */
const STATUS_NOT_STARTED = 125;
/** The command was content, but its output could not be written. */
const STATUS_WRITE_ERROR = 1;
const STATUS_NOT_FOUND = 127;
const STATUS_NOT_EXECUTABLE = 126;

/** Signals that a command gets before it is killed. */
const PATIENCE = 3;
/** How long nothing may come from a stream that a command has left to a child of its own. */
const SILENCE_MS = 200;

function showLog(guest: Guest, line: CommandLine): void {
  const show = ({ timeNs, level, text }: LogLine): void => {
    const isTrace = text.startsWith('strace: ');
    if (isTrace ? !line.isTraceShown : !line.isLogShown && level > 2) return;
    const stamp = `[${(timeNs / 1e9).toFixed(6).padStart(12)}]`;
    process.stderr.write(isTrace ? `${text.slice(8)}\n` : `${stamp} ${text}\n`);
  };
  guest.log.forEach(show);
  guest.on('log', show);
}

async function runShell(guest: Guest): Promise<number> {
  const giveBack = lendTerminal(guest.console, () => void guest.shutdown());
  const how = await guest.halted;
  // What the guest wrote last is still on its way.
  await new Promise(resolve => setTimeout(resolve, 20));
  giveBack();
  if (how.kind === 'panic') throw new KernelPanic(how.message, how.stack);
  return 0;
}

async function runCommand(guest: Guest, line: CommandLine): Promise<number> {
  const [file, ...args] = line.command!;
  const { stdin, stdout, stderr } = process;
  const isTerminal =
    line.terminal === 'always' || (line.terminal === 'auto' && stdin.isTTY && stdout.isTTY && stderr.isTTY);
  const size = { rows: stdout.rows ?? 24, columns: stdout.columns ?? 80 };
  const cwd = line.workdir ?? (await hostWorkdir(guest, line.hostWorkdir));
  const child = await guest.spawn(file!, args, {
    ...(cwd === undefined ? {} : { cwd }),
    extraEnv: { ...(process.env['TERM'] ? { TERM: process.env['TERM'] } : {}), ...line.env },
    ...(isTerminal ? { terminal: size } : {}),
  });
  if (isTerminal) {
    const terminal = {
      output: child.stdout!,
      input: child.stdin!,
      resize: (rows: number, columns: number) => child.resize(rows, columns),
    };
    const giveBack = lendTerminal(terminal, () => void guest.shutdown());
    try {
      const status = await child.exited;
      await drained(child.stdout!, stdout);
      return shellStatus(status);
    } finally {
      giveBack();
    }
  }
  return await pipeThrough(guest, child);
}

/** The directory in which the command was given, if the guest has it: with --root / it mostly has. */
async function hostWorkdir(guest: Guest, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const isThere = await guest.fs.stat(path).then(
    ({ mode }) => (mode & 0o170000) === 0o040000,
    () => false,
  );
  return isThere ? path : undefined;
}

/** Connects the three streams byte for byte; a reader that goes away is the guest's EPIPE. */
async function pipeThrough(guest: Guest, child: GuestProcess): Promise<number> {
  const { stdin, stdout, stderr } = process;
  child.stdin!.on('error', () => {});
  stdin.pipe(child.stdin!);
  let failure: Error | undefined;
  for (const [from, to] of [
    [child.stdout!, stdout],
    [child.stderr!, stderr],
  ] as const) {
    to.on('error', (error: NodeJS.ErrnoException) => {
      from.destroy();
      if (error.code !== 'EPIPE') failure = error;
    });
    from.pipe(to, { end: false });
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let count = 0;
  const forward = (signal: NodeJS.Signals): void => {
    // A command that does not listen is ended by asking three times.
    if (++count < PATIENCE) void child.kill(signal).catch(() => {});
    else void child.kill('SIGKILL').catch(() => void guest.shutdown());
  };
  for (const signal of signals) process.on(signal, forward);
  try {
    const status = await child.exited;
    await Promise.all([drained(child.stdout!, stdout), drained(child.stderr!, stderr)]);
    if (failure) process.stderr.write(`lodger: write error: ${failure.message}\n`);
    return shellStatus(status) || (failure ? STATUS_WRITE_ERROR : 0);
  } finally {
    for (const signal of signals) process.off(signal, forward);
    stdin.unpipe(child.stdin!);
    stdin.pause();
    stdin.unref?.();
  }
}

/** Until everything that was written has come out; a child left behind may keep a stream open for ever, in silence. */
async function drained(from: Readable, to: Writable): Promise<void> {
  let fallSilent = (): void => {};
  const silence = new Promise<void>(resolve => (fallSilent = resolve));
  const timer = setInterval(() => {
    if (!to.writableNeedDrain) fallSilent();
  }, SILENCE_MS);
  from.on('data', () => timer.refresh());
  await Promise.race([finished(from).catch(() => {}), silence]);
  clearInterval(timer);
}

/** Found beside this bundle: not to be bundled with it. */
const ROOTS = './roots.js';
const DISASM = './disasm.js';

async function main(): Promise<number> {
  if (process.argv[2] === 'root') {
    const { rootCommand } = (await import(ROOTS)) as typeof import('../roots/main.ts');
    return await rootCommand(process.argv.slice(3));
  }
  if (process.argv[2] === 'disasm') {
    const { disasmCommand } = (await import(DISASM)) as typeof import('./disasm.ts');
    return disasmCommand(process.argv.slice(3));
  }
  if (process.argv[2] === 'ps') return await psCommand(process.argv.slice(3));
  const line = parseCommandLine(process.argv.slice(2), process.stdin.isTTY === true);
  if (line === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (line === 'version') {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    process.stdout.write(`lodger ${version}\n`);
    return 0;
  }
  await using guest = await boot(line.boot);
  showLog(guest, line);
  return line.command === undefined ? await runShell(guest) : await runCommand(guest, line);
}

function report(error: unknown): number {
  if (error instanceof OptionError) {
    process.stderr.write(`lodger: ${error.message}\n`);
    return STATUS_NOT_STARTED;
  }
  if (error instanceof GuestError) {
    process.stderr.write(`lodger: ${error.message}\n`);
    return error.code === 'ENOENT' ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
  }
  if (error instanceof KernelPanic) {
    process.stderr.write(`lodger: ${error.stack ?? error.message}\n`);
    return STATUS_NOT_STARTED;
  }
  throw error;
}

process.exitCode = await main().catch(report);
