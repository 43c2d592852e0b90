/**
 * /proc/sysrq-trigger: what the first character that is written asks of the kernel, at once and whatever state the
 * system is in. Linux counterpart: drivers/tty/sysrq.c; Documentation/admin-guide/sysrq.rst. Only the owner, root, may
 * write; /proc/sys/kernel/sysrq rules the keyboard's half alone, which is not here.
 */
import type { Kernel } from '../../kernel.ts';
import type { TreeNode } from './tree.ts';
import { SIGKILL, SIGTERM } from '../../abi/signal.ts';
import { sendSignal } from '../../task/signals.ts';
import { file } from './tree.ts';

interface Command {
  /** What the kernel log says. */
  readonly text: string;
  readonly help: string;
  readonly act: (kernel: Kernel) => void;
}

const commands: Readonly<Record<string, Command>> = {
  b: { text: 'Resetting', help: 'reboot(b)', act: kernel => kernel.halt('restart') },
  c: { text: 'Trigger a crash', help: 'crash(c)', act: crash },
  e: {
    text: 'Terminate All Tasks',
    help: 'terminate-all-tasks(e)',
    act: kernel => signalAll(kernel, SIGTERM),
  },
  i: { text: 'Kill All Tasks', help: 'kill-all-tasks(i)', act: kernel => signalAll(kernel, SIGKILL) },
  o: { text: 'Power Off', help: 'poweroff(o)', act: kernel => kernel.halt('poweroff') },
  s: { text: 'Emergency Sync', help: 'sync(s)', act: kernel => kernel.vfs.sync() },
};

/** An exception that is no Errno: the way in which every bug of the kernel ends. Tests of that way begin here. */
function crash(): never {
  throw new Error('sysrq triggered crash');
}

function signalAll(kernel: Kernel, signo: number): void {
  for (const group of [...kernel.tasks.groups.values()]) if (!group.isInit) sendSignal(group, signo);
}

export const sysrqTrigger: TreeNode<Kernel> = file<Kernel>(undefined, {
  mode: 0o200,
  write: (kernel, text) => {
    const key = text[0] ?? '';
    if (key === '' || key === '\n') return;
    const command = Object.hasOwn(commands, key) ? commands[key] : undefined;
    if (command === undefined) {
      const help = Object.values(commands).map(entry => entry.help);
      kernel.log.info(`sysrq: HELP : ${help.join(' ')}`);
      return;
    }
    kernel.log.info(`sysrq: ${command.text}`);
    command.act(kernel);
  },
});
