/**
 * init: the first process. Runs /etc/rc, keeps a login shell on the
 * console, reaps orphans, and ends the system in order: init(8) as busybox has it.
 *
 * Signals: SIGUSR1 halts, SIGUSR2 powers off, SIGTERM restarts; SIGHUP reads nothing anew. In the environment (kernel
 * parameters): CONSOLE=none, there is no console shell; CONSOLE=once, the system ends with it, because a root of another
 * system may have no poweroff(8) that works here; CONSOLE_CWD is where it begins, CONSOLE_HOME its home directory.
 */
import { ECHILD, ESRCH } from '../../kernel/abi/errno.ts';
import { O_RDWR } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { RB_AUTOBOOT, RB_HALT_SYSTEM, RB_POWER_OFF, reboot } from '../libc/mount.ts';
import { execve, run, vfork, waitpid } from '../libc/process.ts';
import {
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIGKILL,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
  SIG_BLOCK,
  SIG_SETMASK,
  kill,
  signal,
  sigprocmask,
  sigsuspend,
} from '../libc/signal.ts';
import { tryStat } from '../libc/stat.ts';
import { userById } from '../libc/pwd.ts';
import { env, warn } from '../libc/stdlib.ts';
import { TIOCSCTTY } from '../../kernel/abi/ioctl.ts';
import { clockGettime } from '../libc/time.ts';
import { WNOHANG } from '../libc/wait.ts';
import { chdir, close, dup2, getpid, ioctl, nanosleep, open, setsid, sync } from '../libc/unistd.ts';

const CONSOLE = '/dev/tty1';
/** How long processes may take to end after SIGTERM. */
const TERM_TICKS = 100;
const TICK_SECONDS = 0.02;

type Ending = 'halt' | 'poweroff' | 'restart';
const COMMANDS = { halt: RB_HALT_SYSTEM, poweroff: RB_POWER_OFF, restart: RB_AUTOBOOT };

let ending: Ending | undefined;
/** The console shell; 0: none. */
let shell = 0;

const CLOCK_MONOTONIC = 1;
function uptimeSeconds(): number {
  const { sec, nsec } = clockGettime(CLOCK_MONOTONIC);
  return sec + nsec / 1e9;
}

/** The first of the places that can be the working directory of the shell. */
function goHome(home: string): void {
  for (const path of [env.get('CONSOLE_CWD'), home, '/']) {
    try {
      if (path !== undefined) return chdir(path);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
}

/** root's shell as /etc/passwd has it, or one that is there: the root may be any system's. */
function rootShell(listed: string | undefined): string {
  const candidates = [listed ?? '', '/bin/sh', '/bin/bash'];
  return candidates.find(path => path !== '' && tryStat(path)) ?? '/bin/sh';
}

/** Starts the login shell in a session of its own, with the console as its terminal. */
function startShell(): number {
  const user = userById(0);
  const home = env.get('CONSOLE_HOME') || user?.home || '/root';
  const path = rootShell(user?.shell);
  const environment = [
    `HOME=${home}`,
    'USER=root',
    'LOGNAME=root',
    `SHELL=${path}`,
    `TERM=${env.get('TERM') ?? 'linux'}`,
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'LANG=C.UTF-8',
  ];
  return vfork(() => {
    sigprocmask(SIG_SETMASK, []);
    signal(SIGHUP, 'default'); // what is ignored stays so over exec
    setsid();
    const fd = open(CONSOLE, O_RDWR);
    ioctl(fd, TIOCSCTTY, 0);
    for (const standard of [0, 1, 2]) dup2(fd, standard);
    if (fd > 2) close(fd);
    goHome(home);
    execve(path, [`-${path.slice(path.lastIndexOf('/') + 1)}`], environment);
  });
}

function runIfThere(path: string, argv: readonly string[]): void {
  if (!tryStat(path)) return;
  try {
    run(path, argv);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    warn(`${path}: ${error.message}`);
  }
}

/** Sends a signal to every other process and waits until they are gone, or for some time. */
function endProcesses(signo: number): void {
  kill(-1, signo);
  for (let tick = 0; tick < TERM_TICKS; tick++) {
    reapAll();
    if (!isAnybodyElse()) return;
    nanosleep(TICK_SECONDS);
  }
}

/** Is there another process? Not all are children: the embedder starts some. */
function isAnybodyElse(): boolean {
  try {
    kill(-1, 0);
    return true;
  } catch (error) {
    if (error instanceof SysError && error.errno === ESRCH) return false;
    throw error;
  }
}

/** Reaps what has ended, telling of each; false if no child is left. */
function reapAll(ended: (pid: number) => void = () => {}): boolean {
  for (;;) {
    try {
      const { pid } = waitpid(-1, WNOHANG);
      if (pid === 0) return true;
      ended(pid);
    } catch (error) {
      if (error instanceof SysError && error.errno === ECHILD) return false;
      throw error;
    }
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

function end(how: Ending): void {
  for (const signo of [SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]) signal(signo, 'ignore');
  // An interactive shell hears no SIGTERM, but a hangup.
  if (shell > 0) for (const signo of [SIGHUP, SIGCONT]) quietly(() => kill(shell, signo));
  quietly(() => endProcesses(SIGTERM));
  quietly(() => endProcesses(SIGKILL));
  sync(); // reboot(2) writes back and lets go of every mount
  reboot(COMMANDS[how]);
}

/**
 * The main loop: until a signal asks for the end, every child that ends is reaped and the shell is kept alive. The
 * signals are blocked but in sigsuspend, so that none comes between the look and the wait.
 */
function supervise(): Ending {
  const hasConsole = env.get('CONSOLE') !== 'none';
  if (hasConsole) shell = startShell();
  let lastStart = uptimeSeconds();
  for (;;) {
    let isShellGone = false;
    reapAll(pid => {
      if (pid === shell) isShellGone = true;
    });
    if (ending !== undefined) return ending;
    if (isShellGone && env.get('CONSOLE') === 'once') return 'poweroff';
    if (isShellGone) {
      // A shell that ends at once must not keep the machine busy.
      if (uptimeSeconds() - lastStart < 1) quietly(() => nanosleep(1));
      lastStart = uptimeSeconds();
      shell = startShell();
    } else sigsuspend([]);
  }
}

export function init(argv: string[]): number {
  if (getpid() !== 1) {
    warn('must be run as PID 1');
    return 1;
  }
  const ask = (how: Ending) => () => {
    ending = how;
  };
  signal(SIGUSR1, ask('halt'));
  signal(SIGUSR2, ask('poweroff'));
  signal(SIGTERM, ask('restart'));
  signal(SIGHUP, 'ignore');
  signal(SIGCHLD, () => {});
  runIfThere('/etc/rc', ['rc', ...argv.slice(1)]);
  sigprocmask(SIG_BLOCK, [SIGCHLD, SIGUSR1, SIGUSR2, SIGTERM]);
  end(supervise());
  return 0;
}
