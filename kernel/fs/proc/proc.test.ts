import { beforeEach, describe, expect, it } from 'vitest';
import { O_RDWR } from '../../abi/fcntl.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { toBytes } from '../../abi/byte-string.ts';
import { IoBuffer } from '../../mm/io-buffer.ts';
import { ROOT, userCredentials } from '../../task/credentials.ts';
import { releaseTask } from '../../task/exit.ts';
import { ProcFixture } from './testing.ts';
import { errorOf } from '../../testing.ts';
import { parseInteger } from './sysctl-values.ts';

const USER = userCredentials(1000, 100, [100, 4]);

let proc: ProcFixture;
beforeEach(() => {
  proc = new ProcFixture();
});

describe('/proc', () => {
  it('has the system files in the formats that programs parse', () => {
    proc.process('init');
    expect(proc.read('/proc/uptime')).toBe('125.34 125.34\n');
    expect(proc.read('/proc/loadavg')).toMatch(/^0\.00 0\.00 0\.00 1\/1 1\n$/);
    expect(proc.read('/proc/version')).toMatch(/^Linux version \S+ \(\S+\) \(.*\) #1 .*\n$/);
    expect(proc.read('/proc/cmdline')).toBe('quiet hostname=box\n');
    expect(proc.read('/proc/filesystems')).toContain('nodev\tproc\n');
    expect(proc.read('/proc/stat')).toMatch(
      /^cpu {2}0 0 0 12534 0 0 0 0 0 0\ncpu0 0 0 0 12534 .*\nintr \d+\nctxt \d+\nbtime 1700000000\n/,
    );
    expect(proc.read('/proc/meminfo')).toMatch(
      /^MemTotal: {7}[ \d]{8} kB\nMemFree: {8}[ \d]{8} kB\nMemAvailable: /,
    );
    expect(proc.read('/proc/meminfo')).toMatch(/\nHugePages_Total: {7}0\n/);
    expect(proc.read('/proc/swaps')).toBe('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n');
    expect(proc.read('/proc/devices')).toMatch(/^Character devices:\n {2}1 mem\n/);
    expect(proc.read('/proc/cpuinfo')).toMatch(/^processor\t: 0\nvendor_id\t: /);
    expect(proc.read('/proc/sysvipc/shm')).toMatch(/^ {7}key {6}shmid perms/);
  });

  it('remembers nothing of a process that was reaped', () => {
    const parent = proc.process('init');
    proc.read('/proc/1/status');
    const { dentries } = proc.kernel.vfs;
    const before = dentries.count;
    const child = proc.process('child', ROOT, parent);
    proc.read(`/proc/${child.tid}/status`);
    proc.read(`/proc/${child.tid}/task/${child.tid}/stat`);
    expect(dentries.count).toBe(before + 5);
    releaseTask(child);
    expect(dentries.count).toBe(before);
    expect(errorOf(() => proc.read(`/proc/${child.tid}/status`))).toBe('ENOENT');
  });

  it('lists every file and lets root read all that can be read', () => {
    proc.process('init');
    const visit = (path: string, depth: number): void => {
      for (const name of proc.names(path)) {
        const at = `${path}/${name}`;
        const { vfs } = proc.kernel;
        const { inode } = vfs.walk(vfs.kernelContext(), vfs.root, at, 0).dentry;
        if (name === 'exe') continue; // there is no program
        const type = inode!.mode & 0o170000;
        if (type === 0o040000 && depth < 8) visit(at, depth + 1);
        else if (type === 0o120000) proc.readlink(at);
        else if ((inode!.mode & 0o444) !== 0 && !at.includes('/attr/') && name !== 'kmsg') proc.read(at);
      }
    };
    visit('/proc', 0);
    visit('/sys', 0);
  });

  it('leads «self» and «thread-self» to whoever looks', () => {
    const init = proc.process('init');
    const other = proc.process('sh', ROOT, init);
    expect(proc.readlink('/proc/self', other)).toBe('2');
    expect(proc.readlink('/proc/thread-self', other)).toBe('2/task/2');
    expect(proc.read('/proc/self/comm', other)).toBe('sh\n');
    expect(proc.read('/proc/mounts', other)).toContain('proc /proc proc rw 0 0\n');
  });

  it('has a directory for each process, and none for those that are gone', () => {
    const init = proc.process('init');
    const child = proc.process('child', ROOT, init);
    expect(proc.names('/proc').filter(name => /^\d+$/.test(name))).toEqual(['1', '2']);
    expect(proc.names('/proc/2/task')).toEqual(['2']);
    for (const name of ['007', '02', '3', '-1', '2x', 'constructor', '99999999999']) {
      expect(errorOf(() => proc.names(`/proc/${name}`))).toBe('ENOENT');
    }
    const { vfs } = proc.kernel;
    const file = vfs.open(init, vfs.root, '/proc/2/status', 0);
    proc.kernel.tasks.remove(child);
    expect(errorOf(() => file.read(IoBuffer.of(new Uint8Array(10)), 0))).toBe('ESRCH');
    vfs.put(file);
    expect(errorOf(() => proc.read('/proc/2/stat'))).toBe('ENOENT');
  });

  it('keeps a text for reads at later offsets and makes it anew at offset 0', () => {
    proc.process('init');
    const { vfs } = proc.kernel;
    const file = vfs.open(vfs.kernelContext(), vfs.root, '/proc/uptime', 0);
    const read = (offset: number): string => {
      const bytes = new Uint8Array(6);
      return String.fromCharCode(...bytes.subarray(0, file.read(IoBuffer.of(bytes), offset)));
    };
    expect(read(0)).toBe('125.34');
    proc.timeNs += 10e9;
    expect(read(6)).toBe(' 125.3');
    expect(read(0)).toBe('135.34');
    expect(errorOf(() => file.seek(0, 2))).toBe('EINVAL');
    vfs.put(file);
  });
});

describe('/proc/PID', () => {
  it('writes stat, statm and status as Linux does', () => {
    const init = proc.process('init');
    const task = proc.process('a (b) c', { ...USER, groups: [4, 100] }, init);
    task.mm!.mmap({
      at: 0x400000,
      length: 8192,
      prot: PROT_READ | PROT_WRITE,
      flags: MAP_PRIVATE | MAP_ANONYMOUS,
    });
    const stat = proc.read('/proc/2/stat');
    expect(stat).toMatch(
      /^2 \(a \(b\) c\) R 1 2 2 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 12534 8192 0 18446744073709551615 /,
    );
    expect(stat.trim().split(') ')[2]!.split(' ')).toHaveLength(50);
    expect(proc.read('/proc/2/statm')).toBe('2 0 0 0 0 2 0\n');
    const status = proc.read('/proc/2/status');
    expect(status).toMatch(
      /^Name:\ta \(b\) c\nUmask:\t0022\nState:\tR \(running\)\nTgid:\t2\nNgid:\t0\nPid:\t2\nPPid:\t1\nTracerPid:\t0\nUid:\t1000\t1000\t1000\t1000\n/,
    );
    expect(status).toContain('\nGroups:\t4 100 \n');
    expect(status).toContain('\nVmSize:\t       8 kB\n');
    expect(status).toContain('\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n');
  });

  it('shows mappings in the columns that parsers expect', () => {
    const init = proc.process('init');
    const { mm } = init;
    mm!.mmap({ at: 0x400000, length: 4096, prot: PROT_READ | PROT_EXEC, flags: MAP_PRIVATE | MAP_ANONYMOUS });
    mm!.mapStack(0xf0000000, 0x21000);
    mm!.startStack = 0xf0000000 - 64;
    mm!.copyOut(0xf0000000 - 64, toBytes('hello'));
    const lines = proc.read('/proc/1/maps').split('\n');
    expect(lines[0]).toBe('00400000-00401000 r-xp 00000000 00:00 0 ');
    expect(lines[1]).toBe(`${`${lines[1]!.slice(0, 17)} rw-p 00000000 00:00 0`.padEnd(73)}[stack]`);
    const smaps = proc.read('/proc/1/smaps');
    expect(smaps).toContain('Rss:                   4 kB\n');
    expect(smaps).toMatch(/VmFlags: rd ex mr mw me \n/);
    expect(proc.read('/proc/1/smaps_rollup')).toContain(
      '[rollup]\nRss:                   4 kB\nPss:                   4 kB\n',
    );
  });

  it('shows open files as magic links that open the very file', () => {
    const init = proc.process('init');
    const { vfs } = proc.kernel;
    const file = vfs.open(init, vfs.root, '/proc', 0);
    init.files.install(file, false);
    expect(proc.readlink('/proc/1/fd/0', init)).toBe('/proc');
    expect(proc.names('/proc/1/fd', init)).toEqual(['0']);
    expect(proc.read('/proc/1/fdinfo/0', init)).toMatch(
      /^pos:\t0\nflags:\t0100000\nmnt_id:\t\d+\nino:\t1\n$/,
    );
    expect(errorOf(() => proc.readlink('/proc/1/fd/7', init))).toBe('ENOENT');
    expect(errorOf(() => proc.readlink('/proc/1/fd/00', init))).toBe('ENOENT');
    const path = proc.as(init, () => vfs.walk(init, vfs.root, '/proc/1/fd/0/uptime'));
    expect(path.dentry.name).toBe('uptime');
    expect(proc.readlink('/proc/1/cwd', init)).toBe('/');
    const again = proc.as(init, () => vfs.open(init, vfs.root, '/proc/self/root', 0));
    expect(again.inode).toBe(vfs.root.dentry.inode);
    vfs.put(again);
  });

  it('lets nobody look into a process of another user', () => {
    const init = proc.process('init');
    const user = proc.process('sh', USER, init);
    const own = proc.process('cat', USER, user);
    for (const name of ['environ', 'auxv', 'maps', 'smaps', 'io', 'mem', 'syscall']) {
      expect([name, errorOf(() => proc.read(`/proc/1/${name}`, user))]).toEqual([name, 'EACCES']);
    }
    for (const name of ['exe', 'cwd', 'root'])
      expect(errorOf(() => proc.readlink(`/proc/1/${name}`, user))).toBe('EACCES');
    expect(errorOf(() => proc.names('/proc/1/fd', user))).toBe('EACCES');
    expect(proc.read('/proc/1/cmdline', user)).toBe('');
    expect(proc.read('/proc/3/maps', user)).toBe('');
    own.group.dumpable = 0;
    expect(errorOf(() => proc.read('/proc/3/maps', user))).toBe('EACCES');
    expect(
      proc.as(user, () => proc.kernel.vfs.walk(user, proc.kernel.vfs.root, '/proc/3/stat').dentry.inode!.uid),
    ).toBe(0);
  });

  it('hides processes with hidepid', () => {
    const init = proc.process('init');
    const user = proc.process('sh', USER, init);
    proc.mount('proc', '/hidden', 'hidepid=invisible');
    proc.mount('proc', '/guarded', 'hidepid=1');
    expect(proc.names('/hidden', user).filter(name => /^\d+$/.test(name))).toEqual(['2']);
    expect(errorOf(() => proc.read('/hidden/1/stat', user))).toBe('ENOENT');
    expect(errorOf(() => proc.read('/guarded/1/stat', user))).toBe('EPERM');
    expect(proc.read('/hidden/1/stat', init)).toMatch(/^1 /);
    expect(proc.read('/proc/mounts', init)).toContain('proc /hidden proc rw,hidepid=invisible 0 0\n');
  });

  it('takes a new name and an oom score from those who may give it', () => {
    const init = proc.process('init');
    const user = proc.process('sh', USER, init);
    expect(proc.write('/proc/2/comm', 'a much too long name', user)).toBe(20);
    expect(user.comm).toBe('a much too long');
    expect(errorOf(() => proc.write('/proc/2/comm', 'x', init))).toBe('EINVAL');
    proc.write('/proc/2/oom_score_adj', '500\n', user);
    expect(proc.read('/proc/2/oom_adj')).toBe('8\n');
    expect(errorOf(() => proc.write('/proc/2/oom_score_adj', '-1', user))).toBe('EACCES');
    expect(errorOf(() => proc.write('/proc/2/oom_score_adj', '1001', init))).toBe('EINVAL');
    proc.write('/proc/2/oom_score_adj', '-1000', init);
    expect(proc.read('/proc/2/oom_score')).toBe('0\n');
  });

  it('reads and writes the memory of a process', () => {
    const init = proc.process('init');
    const at = init.mm!.mmap({
      at: 0,
      length: 8192,
      prot: PROT_READ | PROT_WRITE,
      flags: MAP_PRIVATE | MAP_ANONYMOUS,
    });
    const { vfs } = proc.kernel;
    const file = proc.as(init, () => vfs.open(init, vfs.root, '/proc/self/mem', O_RDWR));
    expect(file.write(IoBuffer.of(toBytes('peek')), at + 4094)).toBe(4);
    const bytes = new Uint8Array(8192);
    expect(file.read(IoBuffer.of(bytes), at + 4090)).toBe(8192 - 4090);
    expect(String.fromCharCode(...bytes.subarray(4, 8))).toBe('peek');
    expect(errorOf(() => file.read(IoBuffer.of(bytes), 0x1000))).toBe('EIO');
    vfs.put(file);
  });
});

describe('/proc/sys', () => {
  it('reads and writes what parts of the kernel keep', () => {
    const init = proc.process('init');
    expect(proc.read('/proc/sys/kernel/hostname')).toBe('box\n');
    expect(proc.write('/proc/sys/kernel/hostname', 'other\n', init)).toBe(6);
    expect(proc.kernel.hostname).toBe('other');
    proc.write('/proc/sys/vm/overcommit_memory', '2\n', init);
    expect(proc.kernel.memory.overcommitMemory).toBe(2);
    expect(errorOf(() => proc.write('/proc/sys/vm/overcommit_memory', '3', init))).toBe('EINVAL');
    expect(errorOf(() => proc.write('/proc/sys/kernel/pid_max', '5', init))).toBe('EINVAL');
    proc.write('/proc/sys/vm/swappiness', '10', init);
    expect(proc.read('/proc/sys/vm/swappiness')).toBe('10\n');
    proc.write('/proc/sys/fs/pipe-max-size', '100000', init);
    expect(proc.read('/proc/sys/fs/pipe-max-size')).toBe('131072\n');
  });

  it('keeps its modes even for root', () => {
    const init = proc.process('init');
    const user = proc.process('sh', USER, init);
    expect(errorOf(() => proc.write('/proc/sys/kernel/osrelease', 'x', init))).toBe('EACCES');
    expect(errorOf(() => proc.write('/proc/sys/kernel/hostname', 'x', user))).toBe('EACCES');
  });

  it('has a boot id that stays and uuids that are well formed', () => {
    proc.process('init');
    const id = proc.read('/proc/sys/kernel/random/boot_id');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/);
    expect(proc.read('/proc/sys/kernel/random/boot_id')).toBe(id);
  });

  it('parses integers as strtol with base 0', () => {
    expect([' 12\n', '0x10', '010', '-3', '+4'].map(text => parseInteger(text, -5, 100))).toEqual([
      12, 16, 8, -3, 4,
    ]);
    for (const text of ['', 'x', '1 2', '1x', '--1', '101'])
      expect(errorOf(() => parseInteger(text, 0, 100))).toBe('EINVAL');
  });
});

describe('/sys', () => {
  it('shows devices by class, by number and as directories', () => {
    proc.process('init');
    expect(proc.names('/sys/class/mem')).toContain('null');
    expect(proc.read('/sys/class/mem/null/dev')).toBe('1:3\n');
    expect(proc.read('/sys/dev/char/1:3/uevent')).toContain('DEVNAME=null\n');
    expect(proc.readlink('/sys/devices/virtual/mem/null/subsystem')).toBe('../../../../class/mem');
    expect(proc.names('/sys/class/mem/null/subsystem')).toContain('null');
    expect(proc.read('/sys/devices/system/cpu/online')).toBe('0\n');
    expect(proc.read('/sys/kernel/mm/transparent_hugepage/enabled')).toBe('always madvise [never]\n');
    expect(errorOf(() => proc.read('/sys/class/mem/absent/dev'))).toBe('ENOENT');
  });
});
