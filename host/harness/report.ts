/**
 * What a failed test's report says of its guest: the commands that it ran, the last system calls of the one that
 * failed, the processes, the end of the log.
 */
import type { ProcessInfo } from '../api/index.ts';
import type { CommandRecord, TestGuest } from './test-guest.ts';

const MOST_COMMANDS = 8;
const MOST_CALLS = 24;
const MOST_PROCESSES = 30;
const MOST_LOG_LINES = 15;
const MOST_STDERR_LINES = 10;
const MOST_COLUMNS = 160;
/** A guest that hangs does not answer. */
const PATIENCE_MS = 1000;

const { setTimeout, clearTimeout } = globalThis;

export interface ReportOptions {
  /** The test ran out of time: a command that still runs is what failed. */
  readonly isTimeout?: boolean;
  /** What the failure says already. */
  readonly message?: string;
  /** How the test knows the guest, if it has several. */
  readonly name?: string;
}

/** The report as text, without a newline at its end. Never fails; takes a second or two at most. */
export async function reportOf(test: TestGuest, options: ReportOptions = {}): Promise<string> {
  const { guest, commands } = test;
  const failed = failingCommand(commands, options.isTimeout === true);
  const [processes, calls] = await Promise.all([
    answer(guest.processes()),
    failed?.pid === undefined ? undefined : answer(guest.fs.readFile('/proc/calls', 'utf8')),
  ]);
  const parts = [`Guest${options.name === undefined ? '' : ` ${options.name}`}`];
  if (commands.length > 0) parts.push(section('commands', commandLines(commands)));
  if (failed !== undefined) {
    const said = failed.stderr.trimEnd();
    const isSaid = options.message?.includes(said.split('\n').at(-1)!) === true;
    if (said !== '' && !isSaid)
      parts.push(section('its standard error', last(said.split('\n'), MOST_STDERR_LINES)));
    const lines = callLines(calls, failed.pid);
    if (lines.length > 0) {
      parts.push(section(`last system calls of ${commandText(failed)}`, last(lines, MOST_CALLS)));
    }
  }
  parts.push(section('processes', processes === undefined ? [await whyNot(test)] : processLines(processes)));
  const log = guest.log.map(({ timeNs, text }) => `[${(timeNs / 1e9).toFixed(6).padStart(12)}] ${text}`);
  parts.push(section('log', log.length === 0 ? ['(empty)'] : last(log, MOST_LOG_LINES)));
  return parts.join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return `  ${title}\n${lines.map(line => `    ${cut(line)}`).join('\n')}`;
}

function cut(line: string): string {
  // Nothing that a guest wrote may steer the terminal.
  const text = line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '.');
  return text.length > MOST_COLUMNS ? `${text.slice(0, MOST_COLUMNS - 1)}…` : text;
}

function last(lines: readonly string[], count: number): string[] {
  const left = lines.length - count;
  return left <= 0 ? [...lines] : [`(${left} before)`, ...lines.slice(left)];
}

async function answer<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<undefined>(resolve => {
      timer = setTimeout(resolve, PATIENCE_MS, undefined);
    });
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

async function whyNot({ guest, isHalted }: TestGuest): Promise<string> {
  if (!isHalted) return '(the guest does not answer)';
  const how = await guest.halted;
  return how.kind === 'panic'
    ? `(the guest stopped: panic: ${how.message})`
    : `(the guest stopped: ${how.kind})`;
}

/** The one that the test probably failed for. */
function failingCommand(commands: readonly CommandRecord[], isTimeout: boolean): CommandRecord | undefined {
  const running = commands.findLast(
    ({ pid, status, isAwaited }) => isAwaited || (pid !== undefined && status === undefined),
  );
  if (isTimeout && running !== undefined) return running;
  const failed = commands
    .filter(({ status }) => status !== undefined && status.code !== 0)
    .sort((a, b) => a.endMs! - b.endMs!)
    .at(-1);
  return failed ?? running ?? commands.at(-1);
}

function commandText({ file, args, pid }: CommandRecord): string {
  const words = file === 'sh' && args[0] === '-c' && args.length === 2 ? [args[1]!.trim()] : [file, ...args];
  const text = words.join(' ').replace(/\s*\n\s*/g, ' ⏎ ');
  return `${text.length > 80 ? `${text.slice(0, 79)}…` : text}${pid === undefined ? '' : ` (pid ${pid})`}`;
}

function commandLines(commands: readonly CommandRecord[]): string[] {
  const nowMs = performance.now();
  const lines = commands.map(command => {
    const { status, startMs, endMs, failure } = command;
    const time = `${Math.round((endMs ?? nowMs) - startMs)} ms`;
    if (failure !== undefined) return `${commandText(command)}: ${failure}`;
    if (status === undefined) return `${commandText(command)}: still running after ${time}`;
    const isHeld = command.isAwaited ? ', but a child has its output open' : '';
    return `${commandText(command)}: ${statusText(status)}, ${time}${isHeld}`;
  });
  return last(lines, MOST_COMMANDS);
}

/** `exited with 1`, `was ended by SIGKILL`. */
export function statusText(status: { readonly code: number | null; readonly signal: string | null }): string {
  return status.signal === null ? `exited with ${status.code}` : `was ended by ${status.signal}`;
}

/** How native programs get their memory: in no program's source. */
const ARENA = /^mmap\(NULL, \d+, PROT_READ\|PROT_WRITE, MAP_PRIVATE\|MAP_ANONYMOUS\|MAP_HUGETLB/;

/** Lines of /proc/calls, `SESSION PID COMMAND CALL`, of one session. */
function callLines(text: string | undefined, session: number | undefined): string[] {
  const lines: string[] = [];
  for (const line of (text ?? '').split('\n')) {
    const match = /^(\d+) (\d+) (\S*) (.*)$/.exec(line);
    if (match === null || Number(match[1]) !== session || ARENA.test(match[4]!)) continue;
    lines.push(`${match[2]} ${match[3]}  ${match[4]}`);
  }
  return lines;
}

function processLines(processes: readonly ProcessInfo[]): string[] {
  const lines = processes.map(
    ({ pid, ppid, state, command }) =>
      `${String(pid).padStart(5)} ${String(ppid).padStart(5)} ${state.padEnd(8)} ${command}`,
  );
  const shown = lines.slice(0, MOST_PROCESSES);
  if (lines.length > shown.length) shown.push(`(${lines.length - shown.length} more)`);
  return ['  pid  ppid state    command', ...shown];
}
