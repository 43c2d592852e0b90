/** mount, umount and mountpoint in a guest: messages and statuses of util-linux. */
import { describe, expect, it } from 'vitest';
import { bootGuest, sh } from '../../test/guest.ts';

const HINT = '       dmesg(1) may have more information after failed mount system call.\n';

describe('mount', () => {
  it('mounts, lists, remounts and unmounts', async () => {
    const guest = await bootGuest();
    const script = `mkdir /tmp/a /tmp/b; mount -t tmpfs -o size=1024k,nosuid none /tmp/a; mount -t tmpfs | grep /tmp/a
      mount -o remount,ro /tmp/a; mount | grep /tmp/a; touch /tmp/a/x; mount --bind -o ro /etc /tmp/b; mount | grep /tmp/b
      umount -v /tmp/b /tmp/a; mountpoint /tmp/a; echo $?; mountpoint -q /proc; echo $?`;
    const { stdout, stderr } = await sh(guest, script);
    expect(stdout).toBe(
      'none on /tmp/a type tmpfs (rw,nosuid,relatime,size=1024k)\n' +
        'none on /tmp/a type tmpfs (ro,nosuid,relatime,size=1024k)\n' +
        'rootfs on /tmp/b type tmpfs (ro,relatime,mode=755)\n' +
        'umount: /tmp/b unmounted\numount: /tmp/a unmounted\n/tmp/a is not a mountpoint\n32\n0\n',
    );
    expect(stderr).toContain('Read-only file system');
  });

  it('says what is wrong as util-linux does', async () => {
    const guest = await bootGuest();
    const script = `mount -t foo none /mnt; echo $?; mount -t tmpfs none /nope; mount /nope; echo $?
      mount --bind /nope /mnt; umount /etc; echo $?; umount /nope; cd /run; umount /run`;
    const { stdout, stderr } = await sh(guest, script);
    expect(stdout).toBe('32\n1\n32\n');
    expect(stderr).toBe(
      `mount: /mnt: unknown filesystem type 'foo'.\n${HINT}` +
        `mount: /nope: mount point does not exist.\n${HINT}` +
        `mount: /nope: can't find in /etc/fstab.\n` +
        `mount: /mnt: special device /nope does not exist.\n${HINT}` +
        'umount: /etc: not mounted.\numount: /nope: no mount point specified.\numount: /run: target is busy.\n',
    );
  });
});
