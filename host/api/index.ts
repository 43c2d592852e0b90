/**
 * lodger: boots Linux-like guest systems inside this Node process.
 *
 *   import { boot } from 'lodger';
 *   await using guest = await boot({ memory: '128M', mounts: { '/work': '.' } });
 *   const { stdout } = await guest.exec('sh', ['-c', 'ls /work | wc -l']);
 */
import { Guest } from './guest.ts';
import type { BootOptions } from './options.ts';

/** Boots a guest. OptionError if an option cannot be used, KernelPanic if the guest does not come up. */
export function boot(options: BootOptions = {}): Promise<Guest> {
  return Guest.boot(options);
}

export { Guest } from './guest.ts';
export { listGuests } from '../node/registry.ts';
export type { GuestInfo, HostGuestInfo } from './guest-info.ts';
export type { ExecOptions, SpawnOptions } from './guest.ts';
export { GuestFs } from './guest-fs.ts';
export { GuestProcess } from './process.ts';
export type { ExecResult, ExitStatus } from './process.ts';
export { ShellError, ShellPromise, ShellResult } from './sh.ts';
export type { Shell, ShellOptions } from './sh.ts';
export type { ShellValue } from './shell-words.ts';
export type { BootOptions, MountOptions, RootOptions } from './options.ts';
export type { GuestEntry, GuestStats, MemoryInfo, ProcessInfo } from '../control/protocol.ts';
export type { Halt, LogLine } from '../machine.ts';
export { GuestError, KernelPanic, OptionError } from './errors.ts';
