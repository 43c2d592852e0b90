/** ps and its relatives in a guest: columns as procps-ng 4 prints them. */
import { describe, expect, it } from 'vitest';
import { bootGuest, sh } from '../../test/guest.ts';

describe('ps', () => {
  it('shows columns in the widths and with the headings of procps', async () => {
    const guest = await bootGuest();
    const { stdout } = await sh(
      guest,
      'ps -ef | head -2; ps aux | head -2; ps -o pid,user:3,comm=WHAT -p 1; ps -o pid= -p 1',
    );
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('UID        PID  PPID  C STIME TTY          TIME CMD');
    expect(lines[1]).toMatch(/^root         1     0 {1,2}\d{1,2} \d\d:\d\d \?        00:00:0\d \/sbin\/init/);
    expect(lines[2]).toBe('USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND');
    expect(lines[3]).toMatch(
      /^root         1 {1,2}\d{1,2}\.\d {2}\d\.\d +\d+ +\d+ \? {8}Ss {3}\d\d:\d\d   0:0\d \/sbin\/init/,
    );
    expect(lines.slice(4, 7)).toEqual(['  PID USER WHAT', '    1 ro+ init', '    1']);
  });

  it('selects by list, by command and by parent, and says by its status whether there was one', async () => {
    const guest = await bootGuest();
    const script = `sleep 50 & p=$!
      ps -C sleep -o comm=; ps -p $p -o ppid= | grep -qx " *$$" && echo parent
      ps --ppid $$ -o comm= | sort; ps -p 31999; echo $?; ps -p x 2>&1 | head -1; kill $p`;
    const { stdout } = await sh(guest, script);
    expect(stdout).toBe(
      'sleep\nparent\nps\nsleep\nsort\n  PID TTY          TIME CMD\n1\nerror: process ID list syntax error\n',
    );
  });

  it('draws the forest of f, and sorts', async () => {
    const guest = await bootGuest();
    const { stdout } = await sh(
      guest,
      'sleep 50 & ps axf -o comm | grep sleep; ps -eo pid --sort=-pid | tail -1; kill $!',
    );
    expect(stdout).toBe(' \\_ sleep\n    1\n');
  });
});

describe('pgrep and its family', () => {
  it('find processes by name and signal them', async () => {
    const guest = await bootGuest();
    const script = `sleep 60 & sleep 70 & pgrep -c sleep; pgrep -a -f '^sleep [7]0' | cut -d' ' -f2-
      pkill -n sleep; sleep 0.1; pgrep -a sleep | cut -d' ' -f2-; pidof sleep >/dev/null; echo $?
      killall sleep; sleep 0.1; pidof sleep; echo $?; killall sleep; echo $?; pgrep; echo $?`;
    const { stdout, stderr } = await sh(guest, script);
    expect(stdout).toBe('2\nsleep 70\nsleep 60\n0\n1\n1\n2\n');
    expect(stderr).toContain('sleep: no process found\n');
    expect(stderr).toContain(
      "pgrep: no matching criteria specified\nTry `pgrep --help' for more information.\n",
    );
  });
});

describe('top', () => {
  it('prints frames in batch mode', async () => {
    const guest = await bootGuest();
    const { stdout } = await sh(guest, 'top -b -n 1 -p 1');
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^top - \d\d:\d\d:\d\d up \d+ min,  0 user,  load average: \d/);
    expect(lines[1]).toBe('Tasks:   1 total,   0 running,   1 sleeping,   0 stopped,   0 zombie');
    expect(lines[3]).toMatch(
      /^MiB Mem : +\d+\.\d total, +\d+\.\d free, +\d+\.\d used, +\d+\.\d buff\/cache {5}$/,
    );
    expect(lines[6]).toBe('  PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND');
    expect(lines[7]).toMatch(/^ {4}1 root      20   0 +\d+ +\d+ +\d+ S +\d+\.\d +\d\.\d +0:0\d\.\d\d init$/);
  });
});
