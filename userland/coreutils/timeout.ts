/** timeout(1), nice(1), nohup(1): run a command with something around it. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, programName, warn } from '../libc/stdlib.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { vfork, waitpid } from '../libc/process.ts';
import { getpriority, setpriority } from '../libc/resource.ts';
import * as sig from '../libc/signal.ts';
import { wExitStatus, wIfSignaled, wTermSignal } from '../libc/wait.ts';
import { SysError } from '../libc/native.ts';
import { _exit, alarm, close, dup2, isatty, open, setpgid } from '../libc/unistd.ts';
import { env } from '../libc/stdlib.ts';
import { withBytes } from '../libc/memory.ts';
import { syscall } from '../libc/native.ts';
import { SYS_setitimer } from '../../kernel/abi/syscall-numbers.ts';
import { ITIMER_REAL, ItimervalLayout } from '../../kernel/abi/time.ts';
import { O_APPEND, O_CREAT, O_WRONLY } from '../../kernel/abi/fcntl.ts';
import { runCommand } from './env.ts';
import { parseDuration } from './lib/duration.ts';
import { isError, reason } from './lib/errors.ts';
import { quote, quoteaf } from './lib/quote.ts';

/** Raises SIGALRM once after so many seconds; 0: never. */
function setAlarm(seconds: number): void {
  const capped = Math.min(seconds, 2 ** 31);
  const valueSec = Math.floor(capped);
  const valueUsec = Math.min(999_999, Math.ceil((capped - valueSec) * 1e6));
  withBytes(ItimervalLayout.encode({ valueSec, valueUsec }), at =>
    syscall(SYS_setitimer, ITIMER_REAL, at, 0),
  );
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: '+k:s:v',
    long: {
      foreground: 'foreground',
      'kill-after': 'k',
      'preserve-status': 'preserve',
      signal: 's',
      verbose: 'v',
    },
    usage: `Usage: timeout [OPTION] DURATION COMMAND [ARG]...
Start COMMAND, and kill it if still running after DURATION.

      --foreground     when not running timeout directly from a shell prompt, allow COMMAND to read from the TTY
  -k, --kill-after=DURATION  also send a KILL signal if COMMAND is still running this long after the initial signal
      --preserve-status  exit with the same status as COMMAND, even when the command times out
  -s, --signal=SIGNAL  specify the signal to be sent on timeout
  -v, --verbose        diagnose to stderr any signal sent upon timeout

If the command times out, and --preserve-status is not set, then exit with status 124.
`,
    failure: 125,
  });
  const seconds = (text: string) =>
    parseDuration(text) ?? (warn(`invalid time interval ${quote(text)}`), usageError(argv[0]!, '', 125));
  const killText = found.value('k');
  const killAfter = killText === undefined ? 0 : seconds(killText);
  const signalText = found.value('s');
  const signo = signalText === undefined ? sig.SIGTERM : sig.signalByName(signalText);
  if (signo === undefined) {
    warn(`${quote(signalText!)}: invalid signal`);
    return usageError(argv[0]!, '', 125);
  }
  const [durationText, ...command] = found.operands;
  if (durationText === undefined || command.length === 0) return usageError(argv[0]!, '', 125);
  const duration = seconds(durationText);
  const isForeground = found.has('foreground');
  if (!isForeground) {
    try {
      setpgid(0, 0);
    } catch (error) {
      // A session's leader has a group of its own already: EPERM.
      if (!(error instanceof SysError)) throw error;
    }
  }

  let child = 0;
  let timedOut = false;
  let toSend = signo;
  const end = (signal: number) => {
    if (found.has('v')) {
      stderr.write(
        `${programName}: sending signal ${sig.signalName(signal).replace(/^SIG/, '')} to command ${quote(command[0]!)}\n`,
      );
    }
    if (child > 0) sig.kill(child, signal);
    if (isForeground) return;
    // The rest of the group, without ending ourselves (SIGKILL does).
    if (signal !== sig.SIGKILL) sig.signal(signal, 'ignore');
    sig.kill(0, signal);
    if (signal !== sig.SIGKILL && signal !== sig.SIGCONT && child > 0) {
      sig.kill(child, sig.SIGCONT);
      sig.kill(0, sig.SIGCONT);
    }
  };
  const send = (signal: number) => {
    try {
      end(signal);
    } catch (error) {
      if (!isError(error, 'ESRCH', 'EINVAL')) throw error;
    }
  };
  const onTime = () => {
    timedOut = true;
    const signal = toSend;
    if (killAfter > 0 && toSend !== sig.SIGKILL) {
      toSend = sig.SIGKILL;
      setAlarm(killAfter);
    }
    send(signal);
  };
  sig.signal(sig.SIGALRM, onTime);
  for (const forwarded of [sig.SIGINT, sig.SIGQUIT, sig.SIGHUP, sig.SIGTERM]) {
    if (sig.disposition(forwarded) !== 'ignore') sig.signal(forwarded, signal => send(signal));
  }
  if (signo !== sig.SIGKILL && signo !== sig.SIGSTOP) sig.signal(signo, signal => send(signal));
  sig.signal(sig.SIGTTIN, 'ignore');
  sig.signal(sig.SIGTTOU, 'ignore');
  child = vfork(() => {
    sig.signal(sig.SIGTTIN, 'default');
    sig.signal(sig.SIGTTOU, 'default');
    sig.signal(sig.SIGALRM, 'default');
    _exit(runCommand(command, file => `failed to run command ${quote(file)}`));
  });
  if (duration > 0 && duration !== Infinity) setAlarm(duration);
  for (;;) {
    try {
      const { status } = waitpid(child, 0);
      alarm(0);
      if (timedOut && !found.has('preserve'))
        return wIfSignaled(status) && wTermSignal(status) === sig.SIGKILL ? 137 : 124;
      if (!wIfSignaled(status)) return wExitStatus(status);
      return wTermSignal(status) + 128;
    } catch (error) {
      if (!isError(error, 'EINTR')) throw error;
    }
  }
}

export function nice(argv: string[]): number {
  // The old form: nice -5, nice --5.
  const old = /^-(-?\d+)$/.exec(argv[1] ?? '');
  const found = parse(old ? [argv[0]!, '-n', old[1]!, ...argv.slice(2)] : argv, {
    short: '+n:',
    long: { adjustment: 'n' },
    usage: `Usage: nice [OPTION] [COMMAND [ARG]...]
Run COMMAND with an adjusted niceness. With no COMMAND, print the current niceness.

  -n, --adjustment=N   add integer N to the niceness (default 10)
`,
    failure: 125,
  });
  const text = found.value('n');
  if (text !== undefined && !/^[+-]?\d+$/.test(text)) return fail(125, `invalid adjustment ${quote(text)}`);
  if (found.operands.length === 0) {
    if (text !== undefined) return usageError(argv[0]!, 'a command must be given with an adjustment', 125);
    stdout.write(`${getpriority(0, 0)}\n`);
    return 0;
  }
  try {
    setpriority(0, 0, getpriority(0, 0) + Number(text ?? 10));
  } catch (error) {
    warn(`cannot set niceness: ${reason(error)}`);
    if (!isError(error, 'EPERM', 'EACCES')) return 125;
  }
  return runCommand(found.operands);
}

export function nohup(argv: string[]): number {
  const { operands } = parse(argv, {
    short: '+',
    usage: 'Usage: nohup COMMAND [ARG]...\nRun COMMAND, ignoring hangup signals.\n',
    failure: 125,
  });
  if (operands.length === 0) return usageError(argv[0]!, 'missing operand', 125);
  const [ignoresInput, movesOutput, movesErrors] = [isatty(0), isatty(1), isatty(2)];
  if (ignoresInput) {
    const fd = open('/dev/null', O_WRONLY);
    dup2(fd, 0);
    close(fd);
  }
  if (movesOutput) {
    const home = env.get('HOME');
    const names = ['nohup.out', ...(home === undefined ? [] : [`${home}/nohup.out`])];
    let fd: number | undefined;
    for (const name of names) {
      try {
        fd = open(name, O_CREAT | O_WRONLY | O_APPEND, 0o600);
        warn(`${ignoresInput ? 'ignoring input and ' : ''}appending output to ${quoteaf(name)}`);
        break;
      } catch (error) {
        warn(`failed to open ${quoteaf(name)}: ${reason(error)}`);
      }
    }
    if (fd === undefined) return 125;
    dup2(fd, 1);
    close(fd);
  } else if (ignoresInput && movesErrors) warn('ignoring input and redirecting stderr to stdout');
  else if (ignoresInput) warn('ignoring input');
  if (movesErrors) dup2(1, 2);
  sig.signal(sig.SIGHUP, 'ignore');
  return runCommand(operands, file => `failed to run command ${quoteaf(file)}`);
}
