/**
 * /proc/sys: proc_sys(5), sysctl(8). One line for each entry: `constant` for what programs read and nothing here
 * depends on, `remembered` for what they also set, `integer` and `text` for what rules a part of the kernel.
 */
import type { Kernel } from '../../kernel.ts';
import type { TreeNode } from './tree.ts';
import { EINVAL } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { CAP_LAST } from '../../task/credentials.ts';
import { RELEASE, VERSION } from '../../version.ts';
import { compactAll } from '../../mm/compaction.ts';
import { formatUuid, openFileCount, randomUuid } from './facts.ts';
import { ipcSysctls, mqueueLimit } from './sysctl-ipc.ts';
import { computed, constant, integer, parseInteger, remembered, text } from './sysctl-values.ts';
import { directory, file } from './tree.ts';

const INT_MAX = 0x7fffffff;
const MAX = 2 ** 53;
/** PID_MAX_LIMIT of 64-bit Linux. */
const PID_MAX_LIMIT = 4 * 1024 * 1024;
const boolean = [0, 1] as const;
const anyInteger = [-INT_MAX - 1, INT_MAX] as const;
const natural = [0, INT_MAX] as const;

type Entries = Readonly<Record<string, TreeNode<Kernel>>>;
const folder = (entries: Entries): TreeNode<Kernel> => directory<Kernel>(entries, { isStrict: true });

/** Fixed for the life of the kernel, and the same in every mount of proc. */
function bootId(kernel: Kernel): string {
  const words = ['a', 'b', 'c', 'd'].map(name => {
    const key = `kernel/random/boot_id/${name}`;
    let word = kernel.sysctls.get(key);
    if (word === undefined) {
      const bytes = new Uint8Array(4);
      kernel.machine.random(bytes);
      word = new DataView(bytes.buffer).getUint32(0);
      kernel.sysctls.set(key, word);
    }
    return word;
  });
  const bytes = new Uint8Array(16);
  for (const [i, word] of words.entries()) new DataView(bytes.buffer).setUint32(i * 4, word);
  return formatUuid(bytes);
}

const kernelEntries: Entries = {
  acct: constant('4\t2\t30'),
  arch: constant('x86_64'),
  auto_msgmni: constant(0),
  cap_last_cap: constant(CAP_LAST),
  core_pattern: text(
    kernel => kernel.corePattern,
    (kernel, value) => void (kernel.corePattern = value),
    127,
  ),
  core_pipe_limit: remembered('kernel/core_pipe_limit', 0, natural),
  core_uses_pid: remembered('kernel/core_uses_pid', 0, anyInteger),
  'ctrl-alt-del': remembered('kernel/ctrl-alt-del', 0, anyInteger),
  dmesg_restrict: remembered('kernel/dmesg_restrict', 0, boolean),
  domainname: text(
    kernel => kernel.domainname,
    (kernel, value) => void (kernel.domainname = value),
    64,
  ),
  hostname: text(
    kernel => kernel.hostname,
    (kernel, value) => void (kernel.hostname = value),
    64,
  ),
  hung_task_timeout_secs: remembered('kernel/hung_task_timeout_secs', 120, natural),
  io_uring_disabled: remembered('kernel/io_uring_disabled', 0, [0, 2]),
  keys: folder({
    gc_delay: constant(300),
    maxbytes: constant(20000),
    maxkeys: constant(200),
    root_maxbytes: constant(25000000),
    root_maxkeys: constant(1000000),
  }),
  kptr_restrict: remembered('kernel/kptr_restrict', 0, [0, 2]),
  msg_next_id: remembered('kernel/msg_next_id', -1, anyInteger),
  ...ipcSysctls,
  ngroups_max: constant(65536),
  nmi_watchdog: constant(0),
  ns_last_pid: computed(kernel => kernel.tasks.lastPid),
  numa_balancing: constant(0),
  osrelease: computed(() => RELEASE),
  ostype: constant('Linux'),
  overflowgid: remembered('kernel/overflowgid', 65534, [0, 65535]),
  overflowuid: remembered('kernel/overflowuid', 65534, [0, 65535]),
  panic: remembered('kernel/panic', 0, anyInteger),
  panic_on_oops: remembered('kernel/panic_on_oops', 0, boolean),
  perf_event_paranoid: constant(2),
  pid_max: integer(
    kernel => kernel.tasks.pidMax,
    (kernel, value) => void (kernel.tasks.pidMax = value),
    [301, PID_MAX_LIMIT],
  ),
  poweroff_cmd: constant('/sbin/poweroff'),
  'print-fatal-signals': remembered('kernel/print-fatal-signals', 0, anyInteger),
  printk: file<Kernel>(kernel => `${kernel.sysctls.get('kernel/printk') ?? 7}\t4\t1\t7\n`, {
    mode: 0o644,
    isStrict: true,
    write: (kernel, value) => {
      const first = value.trim().split(/\s+/)[0] ?? '';
      if (first !== '') kernel.sysctls.set('kernel/printk', parseInteger(first, ...anyInteger));
    },
  }),
  printk_ratelimit: remembered('kernel/printk_ratelimit', 5, natural),
  printk_ratelimit_burst: remembered('kernel/printk_ratelimit_burst', 10, anyInteger),
  pty: folder({
    max: remembered('kernel/pty/max', 4096, [0, 1 << 20]),
    nr: computed(kernel => (kernel.ttys as { ptyCount?: number } | undefined)?.ptyCount ?? 0),
    reserve: constant(1024),
  }),
  random: folder({
    boot_id: computed(bootId),
    entropy_avail: constant(256),
    poolsize: constant(256),
    urandom_min_reseed_secs: remembered('kernel/random/urandom_min_reseed_secs', 60, anyInteger),
    uuid: computed(randomUuid),
    write_wakeup_threshold: remembered('kernel/random/write_wakeup_threshold', 256, anyInteger),
  }),
  randomize_va_space: integer(
    kernel => kernel.memory.randomizeVaSpace,
    (kernel, value) => void (kernel.memory.randomizeVaSpace = value),
    anyInteger,
  ),
  sched_autogroup_enabled: remembered('kernel/sched_autogroup_enabled', 0, boolean),
  sched_child_runs_first: remembered('kernel/sched_child_runs_first', 0, anyInteger),
  sched_rr_timeslice_ms: remembered('kernel/sched_rr_timeslice_ms', 100, anyInteger),
  sched_rt_period_us: remembered('kernel/sched_rt_period_us', 1000000, [1, INT_MAX]),
  sched_rt_runtime_us: remembered('kernel/sched_rt_runtime_us', 950000, [-1, INT_MAX]),
  seccomp: folder({
    actions_avail: constant('kill_process kill_thread trap errno user_notif trace log allow'),
    actions_logged: constant('kill_process kill_thread trap errno user_notif trace log'),
  }),
  sem_next_id: remembered('kernel/sem_next_id', -1, anyInteger),
  shm_next_id: remembered('kernel/shm_next_id', -1, anyInteger),
  shm_rmid_forced: remembered('kernel/shm_rmid_forced', 0, boolean),
  sysctl_writes_strict: remembered('kernel/sysctl_writes_strict', 1, [-1, 1]),
  sysrq: remembered('kernel/sysrq', 0, anyInteger),
  tainted: remembered('kernel/tainted', 0, [0, MAX]),
  'threads-max': integer(
    kernel => kernel.tasks.threadsMax,
    (kernel, value) => {
      // Linux: root can raise it. Here the limit is the machine's, which the guest can only lower for itself.
      if (value > kernel.tasks.threadsLimit) fail(EINVAL, 'threads-max: beyond the limit of the machine');
      kernel.tasks.threadsMax = value;
    },
    [20, INT_MAX],
  ),
  unprivileged_bpf_disabled: constant(2),
  version: computed(() => VERSION),
  watchdog: constant(0),
  watchdog_thresh: constant(10),
  yama: folder({ ptrace_scope: remembered('kernel/yama/ptrace_scope', 0, [0, 3]) }),
};

const fsEntries: Entries = {
  'aio-max-nr': remembered('fs/aio-max-nr', 65536, natural),
  'aio-nr': constant(0),
  'dentry-state': computed(kernel => `${kernel.vfs.dentries.count}\t0\t45\t0\t0\t0`),
  'dir-notify-enable': remembered('fs/dir-notify-enable', 1, anyInteger),
  epoll: folder({ max_user_watches: remembered('fs/epoll/max_user_watches', 1048576, natural) }),
  'file-max': constant('9223372036854775807'),
  'file-nr': computed(kernel => `${openFileCount(kernel)}\t0\t9223372036854775807`),
  'inode-nr': computed(kernel => `${kernel.vfs.dentries.count}\t0`),
  'inode-state': computed(kernel => `${kernel.vfs.dentries.count}\t0\t0\t0\t0\t0\t0`),
  inotify: folder({
    max_queued_events: remembered('fs/inotify/max_queued_events', 16384, natural),
    max_user_instances: remembered('fs/inotify/max_user_instances', 128, natural),
    max_user_watches: remembered('fs/inotify/max_user_watches', 65536, natural),
  }),
  'lease-break-time': remembered('fs/lease-break-time', 45, anyInteger),
  'leases-enable': remembered('fs/leases-enable', 1, anyInteger),
  'mount-max': remembered('fs/mount-max', 100000, [1, INT_MAX]),
  mqueue: folder({
    msg_default: mqueueLimit('msgDefault', [1, 65536]),
    msg_max: mqueueLimit('msgMax', [1, 65536]),
    msgsize_default: mqueueLimit('msgsizeDefault', [128, 1 << 24]),
    msgsize_max: mqueueLimit('msgsizeMax', [128, 1 << 24]),
    queues_max: mqueueLimit('queuesMax', natural),
  }),
  nr_open: remembered('fs/nr_open', 1048576, [64, 2147483584]),
  overflowgid: remembered('fs/overflowgid', 65534, [0, 65535]),
  overflowuid: remembered('fs/overflowuid', 65534, [0, 65535]),
  'pipe-max-size': integer(
    kernel => kernel.sysctls.get('fs/pipe-max-size') ?? 1048576,
    (kernel, value) => void kernel.sysctls.set('fs/pipe-max-size', roundPipeSize(value)),
    [1, 2 ** 31],
  ),
  'pipe-user-pages-hard': remembered('fs/pipe-user-pages-hard', 0, [0, MAX]),
  'pipe-user-pages-soft': remembered('fs/pipe-user-pages-soft', 16384, [0, MAX]),
  protected_fifos: remembered('fs/protected_fifos', 0, [0, 2]),
  protected_hardlinks: remembered('fs/protected_hardlinks', 0, boolean),
  protected_regular: remembered('fs/protected_regular', 0, [0, 2]),
  protected_symlinks: remembered('fs/protected_symlinks', 0, boolean),
  suid_dumpable: remembered('fs/suid_dumpable', 0, [0, 2]),
};

const vmEntries: Entries = {
  admin_reserve_kbytes: remembered('vm/admin_reserve_kbytes', 8192, [0, MAX]),
  compact_memory: file<Kernel>(undefined, {
    mode: 0o200,
    isStrict: true,
    write: kernel => compactAll(kernel.memory),
  }),
  dirty_background_bytes: remembered('vm/dirty_background_bytes', 0, [0, MAX]),
  dirty_background_ratio: remembered('vm/dirty_background_ratio', 10, [0, 100]),
  dirty_bytes: remembered('vm/dirty_bytes', 0, [0, MAX]),
  dirty_expire_centisecs: remembered('vm/dirty_expire_centisecs', 3000, natural),
  dirty_ratio: remembered('vm/dirty_ratio', 20, [0, 100]),
  dirty_writeback_centisecs: remembered('vm/dirty_writeback_centisecs', 500, natural),
  drop_caches: file<Kernel>(kernel => `${kernel.sysctls.get('vm/drop_caches') ?? 0}\n`, {
    mode: 0o200,
    isStrict: true,
    write: (kernel, value) => {
      const what = parseInteger(value, 1, 4);
      if ((what & 1) !== 0) for (const cache of kernel.memory.caches) cache.reclaim(Infinity, 'idle');
      kernel.sysctls.set('vm/drop_caches', what);
    },
  }),
  laptop_mode: remembered('vm/laptop_mode', 0, natural),
  legacy_va_layout: remembered('vm/legacy_va_layout', 0, anyInteger),
  max_map_count: integer(
    ({ memory }) => memory.maxMapCount,
    ({ memory }, value) => void (memory.maxMapCount = value),
    natural,
  ),
  memfd_noexec: constant(0),
  min_free_kbytes: remembered('vm/min_free_kbytes', 1024, natural),
  mmap_min_addr: integer(
    ({ memory }) => memory.mmapMinAddr,
    ({ memory }, value) => void (memory.mmapMinAddr = value),
    [0, 2 ** 31],
  ),
  mmap_rnd_bits: constant(28),
  nr_hugepages: constant(0),
  nr_overcommit_hugepages: constant(0),
  oom_dump_tasks: remembered('vm/oom_dump_tasks', 1, anyInteger),
  oom_kill_allocating_task: remembered('vm/oom_kill_allocating_task', 0, anyInteger),
  overcommit_kbytes: integer(
    ({ memory }) => memory.overcommitKbytes,
    ({ memory }, value) => void (memory.overcommitKbytes = value),
    [0, MAX],
  ),
  overcommit_memory: integer(
    ({ memory }) => memory.overcommitMemory,
    ({ memory }, value) => void (memory.overcommitMemory = value),
    [0, 2],
  ),
  overcommit_ratio: integer(
    ({ memory }) => memory.overcommitRatio,
    ({ memory }, value) => void (memory.overcommitRatio = value),
    natural,
  ),
  'page-cluster': remembered('vm/page-cluster', 3, [0, 31]),
  panic_on_oom: remembered('vm/panic_on_oom', 0, [0, 2]),
  stat_interval: remembered('vm/stat_interval', 1, anyInteger),
  swappiness: remembered('vm/swappiness', 60, [0, 200]),
  unprivileged_userfaultfd: constant(0),
  user_reserve_kbytes: remembered('vm/user_reserve_kbytes', 131072, [0, MAX]),
  vfs_cache_pressure: remembered('vm/vfs_cache_pressure', 100, natural),
  zone_reclaim_mode: remembered('vm/zone_reclaim_mode', 0, natural),
};

const netEntries: Entries = {
  core: folder({
    message_burst: remembered('net/core/message_burst', 10, anyInteger),
    message_cost: remembered('net/core/message_cost', 5, anyInteger),
    netdev_max_backlog: remembered('net/core/netdev_max_backlog', 1000, anyInteger),
    optmem_max: remembered('net/core/optmem_max', 131072, anyInteger),
    rmem_default: remembered('net/core/rmem_default', 212992, [2304, INT_MAX]),
    rmem_max: remembered('net/core/rmem_max', 212992, [2304, INT_MAX]),
    somaxconn: integer(
      ({ inet }) => inet.somaxconn,
      ({ inet }, value) => void (inet.somaxconn = value),
      natural,
    ),
    wmem_default: remembered('net/core/wmem_default', 212992, [4608, INT_MAX]),
    wmem_max: remembered('net/core/wmem_max', 212992, [4608, INT_MAX]),
  }),
  ipv4: folder({
    ip_forward: remembered('net/ipv4/ip_forward', 0, boolean),
    ip_local_port_range: file<Kernel>(({ inet }) => `${inet.localPortRange.join('\t')}\n`, {
      mode: 0o644,
      isStrict: true,
      write: ({ inet }, value) => {
        const [low = 0, high = 0] = value
          .trim()
          .split(/\s+/)
          .map(word => parseInteger(word, 1, 65535));
        if (high < low) fail(EINVAL, 'ip_local_port_range');
        inet.localPortRange = [low, high];
      },
    }),
    ip_unprivileged_port_start: integer(
      ({ inet }) => inet.unprivilegedPortStart,
      ({ inet }, value) => void (inet.unprivilegedPortStart = value),
      [0, 65535],
    ),
    ping_group_range: constant('1\t0'),
    tcp_available_congestion_control: constant('reno cubic'),
    tcp_congestion_control: constant('cubic'),
    tcp_fin_timeout: remembered('net/ipv4/tcp_fin_timeout', 60, natural),
    tcp_keepalive_time: remembered('net/ipv4/tcp_keepalive_time', 7200, natural),
    tcp_rmem: constant('4096\t131072\t6291456'),
    tcp_syncookies: remembered('net/ipv4/tcp_syncookies', 1, natural),
    tcp_wmem: constant('4096\t16384\t4194304'),
  }),
  ipv6: folder({
    bindv6only: constant(0),
    conf: folder({
      all: folder({ disable_ipv6: constant(0) }),
      default: folder({ disable_ipv6: constant(0) }),
      lo: folder({ disable_ipv6: constant(0) }),
    }),
  }),
  unix: folder({ max_dgram_qlen: remembered('net/unix/max_dgram_qlen', 10, natural) }),
};

export const sysctlTree: TreeNode<Kernel> = folder({
  abi: folder({}),
  debug: folder({ 'exception-trace': remembered('debug/exception-trace', 1, anyInteger) }),
  dev: folder({ tty: folder({ ldisc_autoload: constant(1), legacy_tiocsti: constant(0) }) }),
  fs: folder(fsEntries),
  kernel: folder(kernelEntries),
  net: folder(netEntries),
  user: folder({
    max_inotify_instances: constant(128),
    max_inotify_watches: constant(65536),
    max_user_namespaces: constant(0),
  }),
  vm: folder(vmEntries),
});

/** A power of two of at least a page, as F_SETPIPE_SZ rounds. */
function roundPipeSize(size: number): number {
  let rounded = 4096;
  while (rounded < size) rounded *= 2;
  return rounded;
}
