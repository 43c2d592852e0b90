/** Mounting and file-system statistics: sys/mount.h, sys/statfs.h. */
import { Statfs } from '../../kernel/abi/statfs.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer, withString } from './memory.ts';
import { syscall } from './native.ts';

export * from '../../kernel/abi/mount.ts';

export function mount(source: string, target: string, type: string, flags = 0, options = ''): void {
  withString(source, s =>
    withString(target, t =>
      withString(type, y =>
        withString(options, o => syscall(nr.SYS_mount, s, t, y, flags, options === '' ? 0 : o)),
      ),
    ),
  );
}
export function umount(target: string, flags = 0): void {
  withString(target, at => syscall(nr.SYS_umount2, at, flags));
}
export function statfs(path: string): ReturnType<typeof Statfs.decode> {
  return withString(path, at =>
    withBuffer(Statfs.size, buffer => {
      syscall(nr.SYS_statfs, at, buffer.address);
      return Statfs.decode(buffer.bytes);
    }),
  );
}
/** reboot(2): halt, power off or restart. */
export function reboot(command: number): void {
  syscall(nr.SYS_reboot, 0xfee1dead, 672274793, command, 0);
}
export const RB_AUTOBOOT = 0x01234567;
export const RB_HALT_SYSTEM = 0xcdef0123;
export const RB_POWER_OFF = 0x4321fedc;
