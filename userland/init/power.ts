/** halt, poweroff, reboot: ask init for an orderly end, or with -f end the system at once. reboot(8). */
import { RB_AUTOBOOT, RB_HALT_SYSTEM, RB_POWER_OFF, reboot as rebootNow } from '../libc/mount.ts';
import { SIGTERM, SIGUSR1, SIGUSR2, kill } from '../libc/signal.ts';
import { warn } from '../libc/stdlib.ts';
import { sync } from '../libc/unistd.ts';

function ender(signo: number, command: number): (argv: string[]) => number {
  return argv => {
    const options = argv.slice(1);
    const unknown = options.find(option => option !== '-f' && option !== '--force');
    if (unknown !== undefined) {
      warn(`unknown option ${unknown}; -f ends the system at once, without asking init`);
      return 1;
    }
    if (options.length > 0) {
      sync();
      rebootNow(command);
    } else kill(1, signo);
    return 0;
  };
}

export const halt = ender(SIGUSR1, RB_HALT_SYSTEM);
export const poweroff = ender(SIGUSR2, RB_POWER_OFF);
export const reboot = ender(SIGTERM, RB_AUTOBOOT);
