/** Turning options on and off; job control needs a terminal and a process group of the shell's own. */
import { O_CLOEXEC, O_RDWR } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { kill, SIGTTIN } from '../libc/signal.ts';
import { tcgetattr, tcgetpgrp, tcsetpgrp } from '../libc/termios.ts';
import { close, dup, getpgrp, getpid, isatty, open, setpgid } from '../libc/unistd.ts';
import type { OptionName } from './options.ts';
import { makePrivate } from './descriptors.ts';
import type { Shell } from './shell.ts';

export function setOption(shell: Shell, name: OptionName, isOn: boolean): void {
  if (shell.options.has(name) === isOn) return;
  if (name === 'monitor') {
    if (isOn && !startJobControl(shell)) return;
    if (!isOn) stopJobControl(shell);
  }
  if (isOn) shell.options.add(name);
  else shell.options.delete(name);
}

/** Takes the terminal for the shell's own process group. False when an interactive shell has no terminal. */
function startJobControl(shell: Shell): boolean {
  const fd = openTerminal();
  if (fd === undefined) {
    if (shell.isInteractive) shell.complain("can't access tty; job control turned off");
    return !shell.isInteractive;
  }
  try {
    // Started in the background: wait until somebody brings us to the foreground.
    while (tcgetpgrp(fd) !== getpgrp()) kill(0, SIGTTIN);
    const before = getpgrp();
    shell.traps.setJobControl(true);
    const pid = getpid();
    if (before !== pid) setpgid(0, pid);
    tcsetpgrp(fd, pid);
    shell.terminal = { fd, pgid: pid, settings: tcgetattr(fd) };
    shell.originalGroup = before;
    return true;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    shell.traps.setJobControl(false);
    close(fd);
    shell.complain("can't access tty; job control turned off");
    return false;
  }
}

/** Also at the end of an interactive shell: the terminal goes back to whoever had it. */
export function stopJobControl(shell: Shell): void {
  const { terminal } = shell;
  if (!terminal) return;
  try {
    tcsetpgrp(terminal.fd, shell.originalGroup);
    if (shell.originalGroup !== terminal.pgid) setpgid(0, shell.originalGroup);
    close(terminal.fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  shell.traps.setJobControl(false);
  shell.terminal = undefined;
}

function openTerminal(): number | undefined {
  try {
    return makePrivate(open('/dev/tty', O_RDWR | O_CLOEXEC));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  for (const fd of [2, 1, 0]) if (isatty(fd)) return makePrivate(dup(fd));
  return undefined;
}
