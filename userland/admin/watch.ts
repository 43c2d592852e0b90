/** watch(1), after procps-ng 4: runs a command again and again and shows what it prints on the screen. */
import { fail, env } from '../libc/stdlib.ts';
import { spawn, waitpid } from '../libc/process.ts';
import { toText } from '../../kernel/abi/byte-string.ts';
import { readText } from '../libc/stdio.ts';
import { WIFEXITED, WEXITSTATUS } from '../libc/wait.ts';
import { localtime, monotonicSeconds, strftime, time } from '../libc/time.ts';
import { close, gethostname, pipe2 } from '../libc/unistd.ts';
import { O_CLOEXEC } from '../libc/fcntl.ts';
import { NORMAL, REVERSE, Screen, screenSize } from './lib/screen.ts';
import { parseVerbose, showUsage } from './lib/usage.ts';
import { displayWidth } from '../coreutils/lib/columns.ts';

const usage = `
Usage:
 watch [options] command

Options:
  -b, --beep             beep if command has a non-zero exit
  -c, --color            interpret ANSI color and style sequences
  -d, --differences[=<permanent>]
                         highlight changes between updates
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -q, --equexit <cycles>
                         exit when output from command does not change
  -n, --interval <secs>  seconds to wait between updates
  -p, --precise          attempt run command in precise intervals
  -t, --no-title         turn off header
  -w, --no-wrap          turn off line wrapping
  -x, --exec             pass command to exec instead of "sh -c"

 -h, --help     display this help and exit
 -v, --version  output version information and exit

For more details see watch(1).
`;

interface Run {
  readonly text: string;
  readonly status: number;
}

function run(words: readonly string[], how: 'shell' | 'exec'): Run {
  const [reader, writer] = pipe2(O_CLOEXEC);
  const argv = how === 'exec' ? words : ['sh', '-c', words.join(' ')];
  const pid = spawn(argv[0]!, argv, { fds: [[1, writer], [2, writer]] }); // prettier-ignore
  close(writer);
  const text = readText(reader);
  close(reader);
  return { text, status: waitpid(pid).status };
}

/** The output as lines of the screen: tabs as blanks, control sequences gone, long lines folded or cut. */
function screenLines(text: string, columns: number, manner: 'wrap' | 'cut'): string[] {
  const lines: string[] = [];
  // oxlint-disable-next-line no-control-regex
  for (const line of text.replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '').split('\n')) {
    let shown = '';
    for (const c of line) shown += c === '\t' ? ' '.repeat(8 - (shown.length % 8)) : c;
    if (manner === 'cut' || shown.length <= columns) lines.push(shown.slice(0, columns));
    else for (let at = 0; at < shown.length; at += columns) lines.push(shown.slice(at, at + columns));
  }
  return lines;
}

function markDifferences(now: readonly string[], before: readonly string[]): string[] {
  return now.map((line, row) => {
    const old = before[row] ?? '';
    let text = '';
    let isMarked = false;
    for (let i = 0; i < line.length; i++) {
      const differs = line[i] !== (old[i] ?? ' ');
      if (differs !== isMarked) text += differs ? REVERSE : NORMAL;
      isMarked = differs;
      text += line[i];
    }
    return isMarked ? text + NORMAL : text;
  });
}

function title(interval: number, command: string, columns: number): string {
  const left = `Every ${interval.toFixed(1)}s: ${command}`;
  const right = `${gethostname()}: ${strftime('%a %b %e %H:%M:%S %Y', localtime(time()))}`;
  const room = columns - right.length;
  if (room <= 1) return right.slice(0, columns);
  const shown = left.length > room - 1 ? `${left.slice(0, Math.max(0, room - 4))}... ` : left;
  return (
    shown +
    ' '.repeat(Math.max(0, columns - displayWidth(shown, toText(shown) !== shown) - right.length)) +
    right
  );
}

export function watch(argv: string[]): number {
  const found = parseVerbose(argv, {
    short: '+bced::ghn:pq:txvw',
    long: {
      beep: 'b', color: 'c', differences: 'd', errexit: 'e', chgexit: 'g', equexit: 'q', interval: 'n', precise: 'p',
      'no-title': 't', 'no-wrap': 'w', exec: 'x', version: '--version',
    }, // prettier-ignore
    usage,
  });
  if (found.operands.length === 0) return showUsage(usage);
  const intervalText = found.value('n') ?? env.get('WATCH_INTERVAL') ?? '2';
  const parsed = Number(intervalText.replace(',', '.'));
  if (Number.isNaN(parsed)) return fail(1, `failed to parse argument: '${intervalText}'`);
  const interval = Math.max(0.1, parsed);
  const how = found.has('x') ? 'exec' : 'shell';
  const manner = found.has('w') ? 'cut' : 'wrap';
  const screen = new Screen();
  screen.open();
  let status = 0;
  try {
    let before: Run | undefined;
    let equal = 0;
    let next = monotonicSeconds();
    while (!screen.isInterrupted) {
      const now = run(found.operands, how);
      const { rows, columns } = screenSize();
      const lines = screenLines(now.text, columns, manner);
      const shown =
        found.has('d') && before ? markDifferences(lines, screenLines(before.text, columns, manner)) : lines;
      const head = found.has('t') ? [] : [title(interval, found.operands.join(' '), columns), ''];
      screen.draw([...head, ...shown].slice(0, rows));
      const isGood = WIFEXITED(now.status) && WEXITSTATUS(now.status) === 0;
      if (!isGood && found.has('e')) {
        status = WIFEXITED(now.status) ? WEXITSTATUS(now.status) : 1;
        break;
      }
      if (before && found.has('g') && before.text !== now.text) break;
      equal = before?.text === now.text ? equal + 1 : 0;
      if (found.has('q') && equal >= Number(found.value('q'))) break;
      before = now;
      next = found.has('p') ? next + interval : monotonicSeconds() + interval;
      for (;;) {
        const left = next - monotonicSeconds();
        if (left <= 0 || screen.isInterrupted) break;
        screen.key(left);
      }
    }
  } finally {
    screen.close();
  }
  return status;
}
