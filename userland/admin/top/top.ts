/** top(1), after procps-ng 4: the busiest processes, again and again, on the screen or with -b as text. */
import { SIGTERM, kill, signalByName } from '../../libc/signal.ts';
import { SysError } from '../../libc/native.ts';
import { setpriority } from '../../libc/resource.ts';
import { userByName } from '../../libc/pwd.ts';
import { UsageError, scan } from '../../libc/getopt.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { env, fail, programName } from '../../libc/stdlib.ts';
import { isatty, nanosleep } from '../../libc/unistd.ts';
import { BOLD, NORMAL, REVERSE, Screen, screenSize } from '../lib/screen.ts';
import { memoryInfo } from '../lib/system.ts';
import { helpLines, usage } from './help.ts';
import { type Sample, shares, takeSample } from './sample.ts';
import { summaryLines } from './summary.ts';
import { HEADING, SORT_FIELDS, type SortField, row, sorted } from './table.ts';

/** Between the first two looks, without which nothing could be said about the first frame. */
const FIRST_LOOK_SECONDS = 0.15;

interface State {
  delay: number;
  /** Frames to go. */
  frames: number;
  sort: SortField;
  isReversed: boolean;
  isCumulative: boolean;
  showsIdle: boolean;
  commands: 'names' | 'lines';
  rows: 'processes' | 'threads';
  cpus: 'together' | 'one-by-one';
  user: number | undefined;
  pids: number[];
  message: string;
}

export function top(argv: string[]): number {
  let found;
  try {
    found = scan(argv, { short: 'bcd:E:e:Hhin:Oo:p:SsU:u:Vvw::1' });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return fail(1, error.message);
  }
  if (found.has('h')) {
    stdout.write(usage);
    return 0;
  }
  if (found.has('V', 'v')) {
    stdout.write('top (Lodger) 0.1.0\n');
    return 0;
  }
  const state: State = {
    delay: 3,
    frames: Infinity,
    sort: '%CPU',
    isReversed: false,
    isCumulative: found.has('S'),
    showsIdle: !found.has('i'),
    commands: found.has('c') ? 'lines' : 'names',
    rows: found.has('H') ? 'threads' : 'processes',
    cpus: found.has('1') ? 'one-by-one' : 'together',
    user: undefined,
    pids: [],
    message: '',
  };
  for (const { key, value = '' } of found.options) {
    if (key === 'd') {
      state.delay = Number(value);
      if (!(state.delay >= 0)) return fail(1, `bad delay interval '${value}'`);
    } else if (key === 'n') {
      state.frames = Number(value);
      if (!/^\d+$/.test(value) || state.frames === 0) return fail(1, `bad iterations argument '${value}'`);
    } else if (key === 'p') {
      for (const word of value.split(',')) {
        if (!/^\d+$/.test(word)) return fail(1, `bad pid '${word}'`);
        state.pids.push(Number(word));
      }
    } else if (key === 'u' || key === 'U') {
      state.user = userByName(value)?.uid ?? (/^\d+$/.test(value) ? Number(value) : undefined);
      if (state.user === undefined) return fail(1, 'Invalid user');
    } else if (key === 'o') {
      const [, sign, field] = /^([+-]?)(.*)$/.exec(value)!;
      if (!SORT_FIELDS.includes(field!)) return fail(1, `unrecognized field name '${field}'`);
      state.sort = field as SortField;
      state.isReversed = sign === '-';
    }
  }
  const width = found.value('w');
  if (found.has('b')) return batch(state, found.has('w') ? Number(width ?? 512) || 512 : undefined);
  if (!isatty(0)) {
    stderr.write(`${programName}: failed tty get\n`);
    return 1;
  }
  return live(state);
}

function batch(state: State, width: number | undefined): number {
  const columns = width ?? (Number(env.get('COLUMNS')) || (isatty(1) ? screenSize().columns : 80));
  let before = takeSample(state.rows, state.pids);
  nanosleep(FIRST_LOOK_SECONDS);
  for (;;) {
    const after = takeSample(state.rows, state.pids);
    for (const line of frame(state, before, after, columns, Infinity, 'plain')) stdout.write(`${line}\n`);
    if (--state.frames <= 0) return 0;
    stdout.write('\n');
    stdout.flush();
    before = after;
    nanosleep(state.delay);
  }
}

function frame(
  state: State,
  before: Sample,
  after: Sample,
  columns: number,
  rows: number,
  style: 'plain' | 'colored',
): string[] {
  const share = shares(before, after);
  const options = { ...state, totalKib: memoryInfo()('MemTotal') };
  const wanted = after.processes.filter(
    p =>
      (state.user === undefined || p.euid === state.user) && (state.showsIdle || (share.get(p.tid) ?? 0) > 0),
  );
  const lines = [
    ...summaryLines(before, after, state).map(line => line.slice(0, columns)),
    style === 'plain' ? '' : state.message.slice(0, columns),
    style === 'plain'
      ? HEADING.slice(0, columns)
      : REVERSE + HEADING.slice(0, columns).padEnd(columns) + NORMAL,
  ];
  for (const p of sorted(wanted, share, options)) {
    if (lines.length >= rows) break;
    const line = row(p, share.get(p.tid) ?? 0, options, columns);
    lines.push(style === 'colored' && p.state === 'R' ? BOLD + line + NORMAL : line);
  }
  return lines;
}

const MESSAGE_ROW = 6;

function live(state: State): number {
  const screen = new Screen();
  screen.open();
  try {
    let before = takeSample(state.rows, state.pids);
    let after = before;
    nanosleep(FIRST_LOOK_SECONDS);
    for (;;) {
      const rows = state.rows;
      if (rows !== 'processes' || before === after || after.processes.length > 0) {
        const now = takeSample(state.rows, state.pids);
        if (now.atSec - after.atSec > 0.05) before = after;
        after = now;
      }
      const { rows: height, columns } = screenSize();
      screen.draw(frame(state, before, after, columns, height, 'colored'));
      state.message = '';
      if (--state.frames <= 0) return 0;
      const key = screen.key(state.delay);
      if (screen.isInterrupted || key === 'q') return 0;
      if (key !== undefined) act(state, key, screen, after);
    }
  } finally {
    screen.close();
  }
}

const SORT_KEYS: Readonly<Record<string, SortField>> = { M: '%MEM', P: '%CPU', N: 'PID', T: 'TIME+' };

function act(state: State, key: string, screen: Screen, sample: Sample): void {
  const sort = SORT_KEYS[key];
  if (sort !== undefined) state.sort = sort;
  else if (key === 'R') state.isReversed = !state.isReversed;
  else if (key === 'c') state.commands = state.commands === 'names' ? 'lines' : 'names';
  else if (key === 'i') state.showsIdle = !state.showsIdle;
  else if (key === 'S') state.isCumulative = !state.isCumulative;
  else if (key === 'H') state.rows = state.rows === 'processes' ? 'threads' : 'processes';
  else if (key === '1') state.cpus = state.cpus === 'together' ? 'one-by-one' : 'together';
  else if (key === 'k') askKill(state, screen, sample);
  else if (key === 'r') askNice(state, screen, sample);
  else if (key === 'u') {
    const name = screen.ask(MESSAGE_ROW, 'Which user (blank for all)');
    if (name === undefined || name === '') state.user = undefined;
    else {
      const user = userByName(name)?.uid ?? (/^\d+$/.test(name) ? Number(name) : undefined);
      if (user === undefined) state.message = ' Invalid user';
      else state.user = user;
    }
  } else if (key === 'd' || key === 's') {
    const text = screen.ask(MESSAGE_ROW, `Change delay from ${state.delay.toFixed(1)} to`);
    if (text && Number(text) >= 0) state.delay = Number(text);
  } else if (key === 'h' || key === '?') {
    screen.draw(helpLines(state.delay));
    screen.key(Infinity);
  } else if (key !== ' ' && key !== '\r' && key !== '\n')
    state.message = " Unknown command - try 'h' for help";
}

function askPid(question: string, state: State, screen: Screen, sample: Sample): number | undefined {
  const first = sample.processes[0]?.tid ?? 1;
  const text = screen.ask(MESSAGE_ROW, `${question} [default pid = ${first}]`);
  if (text === undefined) return undefined;
  if (text === '') return first;
  if (/^\d+$/.test(text)) return Number(text);
  state.message = ' Unacceptable integer';
  return undefined;
}

function askKill(state: State, screen: Screen, sample: Sample): void {
  const pid = askPid('PID to signal/kill', state, screen, sample);
  if (pid === undefined) return;
  const text = screen.ask(MESSAGE_ROW, `Send pid ${pid} signal [15/sigterm]`);
  if (text === undefined) return;
  const signo = text === '' ? SIGTERM : signalByName(text);
  if (signo === undefined) state.message = ' Invalid signal';
  else tell(state, `Failed signal pid '${pid}' with '${signo}'`, () => kill(pid, signo));
}

function askNice(state: State, screen: Screen, sample: Sample): void {
  const pid = askPid('PID to renice', state, screen, sample);
  if (pid === undefined) return;
  const text = screen.ask(MESSAGE_ROW, `Renice PID ${pid} to value`);
  if (!text || !/^-?\d+$/.test(text)) return;
  tell(state, `Failed renice of PID ${pid} to ${text}`, () => setpriority(0, pid, Number(text)));
}

function tell(state: State, what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    state.message = ` ${what}: ${error.message}`;
  }
}
