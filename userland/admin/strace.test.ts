/** strace in a guest: its lines are those of strace 6.1. */
import { describe, expect, it } from 'vitest';
import { bootGuest, sh } from '../../test/guest.ts';

describe('strace', () => {
  it('tells calls with names, strings and results', async () => {
    const guest = await bootGuest();
    const script =
      'strace -o /tmp/t -e trace=execve,openat,write,exit_group cat /etc/hostname /nope; echo $?; cat /tmp/t';
    const { stdout } = await sh(guest, script);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual(['lodger', '1']);
    expect(lines[2]).toMatch(
      /^execve\("\/usr\/bin\/cat", \["cat", "\/etc\/hostname", "\/nope"\], 0x[0-9a-f]+ \/\* \d+ vars \*\/\) = 0$/,
    );
    expect(lines).toContain('openat(AT_FDCWD, "/etc/hostname", O_RDONLY) = 3');
    expect(lines).toContain('write(1, "lodger\\n", 7)                 = 7');
    expect(lines).toContain(
      'openat(AT_FDCWD, "/nope", O_RDONLY)     = -1 ENOENT (No such file or directory)',
    );
    expect(lines).toContain('exit_group(1)                           = ?');
    expect(lines.at(-2)).toBe('+++ exited with 1 +++');
  });

  it('follows children, and tells the end of vfork', async () => {
    const guest = await bootGuest();
    const script = `strace -f -o /tmp/t -e trace=execve,vfork,wait4 sh -c '/bin/echo hi; :'; sed 's/^[0-9]* *//' /tmp/t`;
    const { stdout } = await sh(guest, script);
    expect(stdout).toContain('vfork( <unfinished ...>\nexecve("/bin/echo", ["/bin/echo", "hi"], 0x');
    expect(stdout).toMatch(/^<\.\.\. vfork resumed>\) += \d+$/m);
    expect(stdout).toMatch(/WIFEXITED\(s\) && WEXITSTATUS\(s\) == 0\}\], .*NULL\) = \d+$/m);
    expect(stdout).toContain('--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=');
  });

  it('attaches to a process, tells its signals, and ends as the command ends', async () => {
    const guest = await bootGuest();
    const script = `sleep 100 & p=$!; (sleep 0.3; kill -USR1 $p) & strace -p $p 2>&1 | sed "s/$p/PID/; s/si_pid=[0-9]*/si_pid=N/"
      strace -e trace=none sh -c 'kill -9 $$' 2>&1; strace -e trace=none sh -c 'exit 7' 2>&1; echo $?`;
    const { stdout } = await sh(guest, script);
    expect(stdout).toContain('strace: Process PID attached\n');
    expect(stdout).toContain(
      '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=N, si_uid=0} ---\n+++ killed by SIGUSR1 +++\n',
    );
    expect(stdout).toContain('+++ killed by SIGKILL +++\n');
    expect(stdout).toMatch(/\+\+\+ exited with 7 \+\+\+\n7\n$/);
  });

  it('counts calls with -c', async () => {
    const guest = await bootGuest();
    const { stderr } = await sh(guest, 'strace -c -e trace=openat cat /etc/hostname /nope >/dev/null');
    expect(stderr).toMatch(/^100\.00 +0\.\d{6} +\d+ +2 +1 openat$/m);
    expect(stderr).toMatch(/^100\.00 +0\.\d{6} +\d+ +2 +1 total$/m);
  });
});
