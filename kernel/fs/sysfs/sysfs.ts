/**
 * sysfs: devices and a few settings as files; sysfs(5), Documentation/ABI/testing/sysfs-*. Made from kernel.devices
 * with the same declarative tree as proc. `mount -t sysfs sysfs /sys`. Every device is a directory
 * /sys/devices/virtual/CLASS/NAME with `dev`, `uevent` and `subsystem`; /sys/class, /sys/block and /sys/dev hold links
 * to them.
 */
import type { Device } from '../../device/device-table.ts';
import type { Kernel } from '../../kernel.ts';
import type { DirectoryNode, Listing, TreeNode } from '../proc/tree.ts';
import type { FileSystemType } from '../super-block.ts';
import { SYSFS_MAGIC } from '../../abi/statfs.ts';
import { CPU_COUNT } from '../proc/facts.ts';
import { PAGE_KIB, rangeList, rangeMask } from '../proc/text.ts';
import { directory, file, link } from '../proc/tree.ts';
import { TreeSuperBlock } from '../proc/tree-inode.ts';

type Entries = Readonly<Record<string, TreeNode<Kernel>>>;
const PAGE = { size: 4096 };

/** An attribute: one value, one line. */
const show = <S>(read: (subject: S) => string | number): TreeNode<S> =>
  file<S>(subject => `${read(subject)}\n`, PAGE);
const constant = <S>(value: string | number): TreeNode<S> => show<S>(() => value);
/** An attribute that takes a value and keeps its own. */
const ignoring = <S>(value: string | number): TreeNode<S> =>
  file<S>(() => `${value}\n`, { ...PAGE, mode: 0o644, write: () => {} });

/** Class of a device, from its major number as Linux has them. */
export function classOf(device: Device): string {
  if (device.kind === 'block') return 'block';
  switch (device.major) {
    case 1:
      return 'mem';
    case 4:
    case 5:
    case 136:
      return 'tty';
    case 10:
      return 'misc';
    default:
      return 'virtual';
  }
}

/** A device's name in sysfs: slashes are not possible. Slaves of ptys have no entry. */
function nameOf(device: Device): string {
  return device.name.replaceAll('/', '!');
}

function* devicesOf(kernel: Kernel, deviceClass: string): Generator<Device> {
  for (const device of kernel.devices.devices()) {
    if (device.name !== '' && !device.name.startsWith('pts/') && classOf(device) === deviceClass)
      yield device;
  }
}

const deviceDirectory: DirectoryNode<Device> = directory<Device>({
  dev: show<Device>(device => `${device.major}:${device.minor}`),
  power: directory<Device>({
    control: ignoring('auto'),
    runtime_status: constant('unsupported'),
  }),
  subsystem: link<Device>(device => {
    const place = device.kind === 'block' ? 'class/block' : `class/${classOf(device)}`;
    return `../../../../${place}`;
  }),
  uevent: file<Device>(
    ({ major, minor, name, mode, kind }) =>
      `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name}\n` +
      (kind === 'block' ? 'DEVTYPE=disk\n' : mode === 0o600 ? '' : `DEVMODE=0${mode.toString(8)}\n`),
    { ...PAGE, mode: 0o644, write: () => {} },
  ),
});

const diskDirectory: DirectoryNode<Device> = directory<Device>({
  ...deviceDirectory.entries,
  queue: directory<Device>({
    hw_sector_size: constant(512),
    logical_block_size: constant(512),
    physical_block_size: constant(512),
    rotational: constant(0),
  }),
  removable: constant(0),
  ro: constant(0),
  size: constant(0),
});

/** The devices of a class as directories, below /sys/devices/virtual/CLASS. */
function devices(deviceClass: string): Listing<Kernel> {
  return {
    *list(kernel) {
      let cookie = 0;
      for (const device of devicesOf(kernel, deviceClass)) yield { name: nameOf(device), cookie: ++cookie };
    },
    find(kernel, name) {
      for (const device of devicesOf(kernel, deviceClass)) {
        const node = device.kind === 'block' ? diskDirectory : deviceDirectory;
        if (nameOf(device) === name) return { node, subject: device, key: 'device' };
      }
      return undefined;
    },
  };
}

/** Links to the devices: `up` leads from the link's directory to /sys. */
function links(
  key: string,
  up: string,
  list: (kernel: Kernel) => Iterable<Device>,
  label: (device: Device) => string,
): Listing<Kernel> {
  const node = link<Device>(device => `${up}devices/virtual/${classOf(device)}/${nameOf(device)}`);
  return {
    *list(kernel) {
      let cookie = 0;
      for (const device of list(kernel)) yield { name: label(device), cookie: ++cookie };
    },
    find(kernel, name) {
      for (const device of list(kernel)) if (label(device) === name) return { node, subject: device, key };
      return undefined;
    },
  };
}

const CLASSES = ['block', 'mem', 'misc', 'tty'] as const;
const dotted = (device: Device): string => `${device.major}:${device.minor}`;

function* numbered(kernel: Kernel, kind: 'char' | 'block'): Generator<Device> {
  for (const device of kernel.devices.devices()) {
    if (device.kind === kind && device.name !== '' && !device.name.startsWith('pts/')) yield device;
  }
}

function classes(make: (name: string) => TreeNode<Kernel>): Entries {
  return Object.fromEntries(CLASSES.map(name => [name, make(name)]));
}

const classLinks = (name: string, up: string): Listing<Kernel> =>
  links(`class/${name}`, up, kernel => devicesOf(kernel, name), nameOf);

const loopback: TreeNode<Kernel> = directory({
  address: constant('00:00:00:00:00:00'),
  addr_len: constant(6),
  carrier: constant(1),
  flags: constant('0x9'),
  ifindex: constant(1),
  iflink: constant(1),
  mtu: constant(65536),
  operstate: constant('unknown'),
  speed: file(() => '', PAGE),
  statistics: directory(
    Object.fromEntries(
      ['rx', 'tx'].flatMap(way =>
        ['bytes', 'packets', 'errors', 'dropped'].map(what => [`${way}_${what}`, constant<Kernel>(0)]),
      ),
    ),
  ),
  tx_queue_len: constant(1000),
  type: constant(772),
  uevent: ignoring('INTERFACE=lo\nIFINDEX=1'),
});

function cpuDirectory(): Entries {
  const entries: Record<string, TreeNode<Kernel>> = {};
  for (let cpu = 0; cpu < CPU_COUNT; cpu++) {
    entries[`cpu${cpu}`] = directory({
      cache: directory({}),
      node0: link(() => '../../node/node0'),
      topology: directory({
        cluster_cpus_list: constant(cpu),
        core_cpus: constant((1 << cpu).toString(16)),
        core_cpus_list: constant(cpu),
        core_id: constant(cpu),
        core_siblings: constant(rangeMask(CPU_COUNT)),
        core_siblings_list: constant(rangeList(CPU_COUNT)),
        package_cpus_list: constant(rangeList(CPU_COUNT)),
        physical_package_id: constant(0),
        thread_siblings: constant((1 << cpu).toString(16)),
        thread_siblings_list: constant(cpu),
      }),
      uevent: ignoring('DRIVER=processor'),
    });
  }
  return entries;
}

const cpus = rangeList(CPU_COUNT);

const devicesTree: Entries = {
  system: directory({
    cpu: directory({
      ...cpuDirectory(),
      isolated: constant(''),
      kernel_max: constant(CPU_COUNT - 1),
      offline: constant(''),
      online: constant(cpus),
      possible: constant(cpus),
      present: constant(cpus),
      smt: directory({ active: constant(0), control: constant('notimplemented') }),
      vulnerabilities: directory({}),
    }),
    node: directory({
      has_cpu: constant('0'),
      has_memory: constant('0'),
      has_normal_memory: constant('0'),
      node0: directory({
        cpu0: link(() => '../../cpu/cpu0'),
        cpulist: constant(cpus),
        cpumap: constant(rangeMask(CPU_COUNT)),
        distance: constant('10'),
        meminfo: file(
          ({ memory }) =>
            `Node 0 MemTotal:       ${String(memory.totalPages * PAGE_KIB).padStart(8)} kB\n` +
            `Node 0 MemFree:        ${String(memory.freePages * PAGE_KIB).padStart(8)} kB\n` +
            `Node 0 MemUsed:        ${String((memory.totalPages - memory.freePages) * PAGE_KIB).padStart(8)} kB\n`,
          PAGE,
        ),
      }),
      online: constant('0'),
      possible: constant('0'),
    }),
  }),
  virtual: directory({
    ...classes(name => directory({}, { more: devices(name) })),
    net: directory({ lo: loopback }),
  }),
};

const root: DirectoryNode<Kernel> = directory({
  block: directory({}, { more: classLinks('block', '../') }),
  bus: directory({ cpu: directory({}), platform: directory({}), virtio: directory({}) }),
  class: directory({
    ...classes(name => directory({}, { more: classLinks(name, '../../') })),
    net: directory({ lo: link(() => '../../devices/virtual/net/lo') }),
  }),
  dev: directory({
    block: directory({}, { more: links('dev/block', '../../', kernel => numbered(kernel, 'block'), dotted) }),
    char: directory({}, { more: links('dev/char', '../../', kernel => numbered(kernel, 'char'), dotted) }),
  }),
  devices: directory(devicesTree),
  firmware: directory({}),
  fs: directory({ cgroup: directory({}) }),
  kernel: directory({
    debug: directory({}, { mode: 0o700 }),
    kexec_loaded: constant(0),
    mm: directory({
      hugepages: directory({}),
      transparent_hugepage: directory({
        defrag: ignoring('always defer defer+madvise [madvise] never'),
        enabled: ignoring('always madvise [never]'),
        hpage_pmd_size: constant(2097152),
        shmem_enabled: ignoring('always within_size advise [never] deny force'),
        use_zero_page: ignoring(1),
      }),
    }),
    notes: file(() => '', PAGE),
    ostype: constant('Linux'),
    profiling: constant(0),
    security: directory({}),
    tracing: directory({}, { mode: 0o700 }),
    uevent_seqnum: constant(0),
  }),
  module: directory({}),
  power: directory({ state: constant('') }),
});

class SysSuperBlock extends TreeSuperBlock {
  constructor(kernel: Kernel, source: string) {
    super(kernel, 'sysfs', SYSFS_MAGIC, root);
    this.source = source;
  }
}

export const sysfsType: FileSystemType = {
  name: 'sysfs',
  needsDevice: false,
  mount: (kernel, source) => new SysSuperBlock(kernel, source === '' ? 'sysfs' : source),
};
