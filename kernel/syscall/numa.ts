/**
 * NUMA policies on a machine with one node: set_mempolicy(2), get_mempolicy(2), mbind(2), migrate_pages(2),
 * move_pages(2), set_mempolicy_home_node(2). Linux counterpart: mm/mempolicy.c, mm/migrate.c. A policy is checked and
 * kept; every page is on node 0 whatever it says. Linux: mbind keeps a policy for each range; here it is checked only.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EFAULT, EINVAL, ENODEV, ENOENT, EPERM, ESRCH } from '../abi/errno.ts';
import * as abi from '../abi/mempolicy.ts';
import { fail } from '../errors.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { mayAccess } from '../task/access.ts';
import { CAP_SYS_NICE } from '../task/credentials.ts';
import { full, partial, type Row } from './table.ts';

/** Linux's MAX_NUMNODES: get_mempolicy needs a mask of at least as many bits as there can be nodes. */
const POSSIBLE_NODES = 1;
const MAX_MASK_BITS = PAGE_SIZE * 8;
const MODE_FLAGS = abi.MPOL_F_STATIC_NODES | abi.MPOL_F_RELATIVE_NODES | abi.MPOL_F_NUMA_BALANCING;
const BATCH = 4096;

export interface MemoryPolicy {
  /** MPOL_*, and mode flags. */
  readonly mode: number;
  /** Node 0 is in its mask. */
  readonly hasNode: boolean;
}

/** A node mask of `maxNode` − 1 bits: whether node 0 is in it. EINVAL for nodes that cannot be, EFAULT. */
function readNodes(task: Task, at: number, maxNode: number): boolean {
  const bits = maxNode - 1;
  if (at === 0 || bits <= 0) return false;
  if (bits > MAX_MASK_BITS) fail(EINVAL, 'mempolicy: mask is too long');
  const bytes = task.memory.copyIn(at, Math.ceil(bits / 64) * 8);
  for (let bit = 1; bit < bits; bit++) {
    if (((bytes[bit >> 3]! >> (bit & 7)) & 1) !== 0) fail(EINVAL, 'mempolicy: no such node');
  }
  return (bytes[0]! & 1) !== 0;
}

/** EINVAL for modes and masks that do not go together. */
function readPolicy(task: Task, word: number, at: number, maxNode: number): MemoryPolicy {
  const mode = word & ~MODE_FLAGS;
  const flags = word & MODE_FLAGS;
  const isUnknown = word < 0 || mode > abi.MPOL_WEIGHTED_INTERLEAVE;
  const both = abi.MPOL_F_STATIC_NODES | abi.MPOL_F_RELATIVE_NODES;
  if (isUnknown || (flags & both) === both) fail(EINVAL, 'mempolicy: mode');
  if ((flags & abi.MPOL_F_NUMA_BALANCING) !== 0 && mode !== abi.MPOL_BIND) fail(EINVAL, 'mempolicy: mode');
  const hasNode = readNodes(task, at, maxNode);
  if (
    (mode === abi.MPOL_DEFAULT || mode === abi.MPOL_LOCAL) &&
    (hasNode || (mode === abi.MPOL_LOCAL && flags !== 0))
  )
    fail(EINVAL, 'mempolicy: this mode has no nodes');
  const needsNode = mode !== abi.MPOL_DEFAULT && mode !== abi.MPOL_LOCAL && mode !== abi.MPOL_PREFERRED;
  if (needsNode && !hasNode) fail(EINVAL, 'mempolicy: no nodes');
  return { mode: word, hasNode };
}

/** set_mempolicy(2) */
function sysSetMempolicy(task: Task, args: Args): number {
  const policy = readPolicy(task, args.i32(0), args.ptr(1), args.len(2));
  task.memoryPolicy = (policy.mode & ~MODE_FLAGS) === abi.MPOL_DEFAULT ? undefined : policy;
  return 0;
}

/** get_mempolicy(2) */
function sysGetMempolicy(task: Task, args: Args): number {
  const [modeAt, maskAt, maxNode, address, flags] = [
    args.ptr(0),
    args.ptr(1),
    args.len(2),
    args.ptr(3),
    args.u32(4),
  ];
  const known = abi.MPOL_F_NODE | abi.MPOL_F_ADDR | abi.MPOL_F_MEMS_ALLOWED;
  if ((flags & ~known) !== 0) fail(EINVAL, 'get_mempolicy: flags');
  if (maskAt !== 0 && maxNode < POSSIBLE_NODES) fail(EINVAL, 'get_mempolicy: the mask is too short');
  const isByAddress = (flags & abi.MPOL_F_ADDR) !== 0;
  if ((flags & abi.MPOL_F_MEMS_ALLOWED) !== 0) {
    if ((flags & (abi.MPOL_F_NODE | abi.MPOL_F_ADDR)) !== 0) fail(EINVAL, 'get_mempolicy: flags');
    writeMode(task, modeAt, 0);
    writeMask(task, maskAt, maxNode, true);
    return 0;
  }
  let policy = task.memoryPolicy;
  if (isByAddress) {
    if (task.memory.find(address) === undefined) fail(EFAULT, 'get_mempolicy: nothing is mapped there');
    policy = undefined;
  } else if (address !== 0) fail(EINVAL, 'get_mempolicy: an address without MPOL_F_ADDR');
  if ((flags & abi.MPOL_F_NODE) !== 0) {
    const mode = (policy?.mode ?? 0) & ~MODE_FLAGS;
    if (!isByAddress && mode !== abi.MPOL_INTERLEAVE && mode !== abi.MPOL_WEIGHTED_INTERLEAVE)
      fail(EINVAL, 'get_mempolicy: the policy has no next node');
    if (isByAddress) task.memory.resolve(address, 'read');
    writeMode(task, modeAt, 0);
  } else writeMode(task, modeAt, policy?.mode ?? abi.MPOL_DEFAULT);
  writeMask(task, maskAt, maxNode, policy?.hasNode ?? false);
  return 0;
}

function writeMode(task: Task, at: number, mode: number): void {
  if (at !== 0) task.memory.writeI32(at, mode);
}
function writeMask(task: Task, at: number, maxNode: number, hasNode: boolean): void {
  if (at === 0) return;
  const bytes = Math.ceil(Math.min(maxNode, MAX_MASK_BITS) / 64) * 8;
  task.memory.clear(at, bytes);
  task.memory.writeU8(at, hasNode ? 1 : 0);
}

/** mbind(2) */
function sysMbind(task: Task, args: Args): number {
  const start = args.ptr(0);
  const length = Math.ceil(args.len(1) / PAGE_SIZE) * PAGE_SIZE;
  const policy = readPolicy(task, args.i32(2), args.ptr(3), args.len(4));
  const flags = args.u32(5);
  if ((flags & ~(abi.MPOL_MF_STRICT | abi.MPOL_MF_MOVE | abi.MPOL_MF_MOVE_ALL)) !== 0)
    fail(EINVAL, 'mbind: flags');
  if ((flags & abi.MPOL_MF_MOVE_ALL) !== 0 && !task.capable(CAP_SYS_NICE))
    fail(EPERM, 'mbind: MPOL_MF_MOVE_ALL');
  if (start % PAGE_SIZE !== 0) fail(EINVAL, 'mbind: address is not aligned');
  const isDefault = (policy.mode & ~MODE_FLAGS) === abi.MPOL_DEFAULT;
  for (let at = start; at < start + length;) {
    const vma = task.memory.find(at);
    if (vma === undefined) {
      // MPOL_DEFAULT may run over holes.
      if (!isDefault) fail(EFAULT, 'mbind: not all mapped');
      const next = task.memory.intersecting(at, start + length);
      if (next === undefined) break;
      at = next.start;
    } else at = vma.end;
  }
  return 0;
}

/** The process of a pid, 0 being the caller. ESRCH, EPERM. */
function targetOf(task: Task, pid: number): Task {
  const target = pid === 0 ? task : task.kernel.tasks.task(pid);
  if (target === undefined || target.isDead) return fail(ESRCH, 'numa: no such process');
  if (!mayAccess(task, target, 'uid')) fail(EPERM, 'numa: not permitted');
  return target.mm === undefined ? fail(EINVAL, 'numa: no memory') : target;
}

/** migrate_pages(2): how many pages could not be moved. There is only one place for them. */
function sysMigratePages(task: Task, args: Args): number {
  readNodes(task, args.ptr(2), args.len(1));
  readNodes(task, args.ptr(3), args.len(1));
  targetOf(task, args.i32(0));
  return 0;
}

/** move_pages(2): tells the node of each page, 0, or that it is not there. */
function sysMovePages(task: Task, args: Args): number {
  const [count, pagesAt, nodesAt, statusAt, flags] = [
    args.len(1),
    args.ptr(2),
    args.ptr(3),
    args.ptr(4),
    args.i32(5),
  ];
  if ((flags & ~(abi.MPOL_MF_MOVE | abi.MPOL_MF_MOVE_ALL)) !== 0) fail(EINVAL, 'move_pages: flags');
  if ((flags & abi.MPOL_MF_MOVE_ALL) !== 0 && !task.capable(CAP_SYS_NICE))
    fail(EPERM, 'move_pages: MPOL_MF_MOVE_ALL');
  const { mm } = targetOf(task, args.i32(0));
  for (let done = 0; done < count; done += BATCH) {
    const size = Math.min(BATCH, count - done);
    const addresses = new BigUint64Array(task.memory.copyIn(pagesAt + done * 8, size * 8).buffer);
    const nodes =
      nodesAt === 0 ? undefined : new Int32Array(task.memory.copyIn(nodesAt + done * 4, size * 4).buffer);
    if (nodes?.some(node => node !== 0) === true) fail(ENODEV, 'move_pages: no such node');
    const status = Int32Array.from(addresses, address => {
      const at = Number(address);
      if (mm!.find(at) === undefined) return -EFAULT;
      return mm!.entry(Math.floor(at / PAGE_SIZE)) === 0 ? -ENOENT : 0;
    });
    task.memory.copyOut(statusAt + done * 4, new Uint8Array(status.buffer));
  }
  return 0;
}

/** set_mempolicy_home_node(2) */
function sysSetMempolicyHomeNode(task: Task, args: Args): number {
  const start = args.ptr(0);
  if (start % PAGE_SIZE !== 0 || args.len(3) !== 0) fail(EINVAL, 'set_mempolicy_home_node');
  if (args.len(2) !== 0) fail(EINVAL, 'set_mempolicy_home_node: no such node');
  const end = start + Math.ceil(args.len(1) / PAGE_SIZE) * PAGE_SIZE;
  return task.memory.intersecting(start, end) === undefined ? fail(ENOENT, 'set_mempolicy_home_node') : 0;
}

export const numaTable: Row[] = [
  [
    237,
    partial('mbind', 'ptr len int ptr ulong hex', sysMbind, 'policies of ranges are checked and forgotten'),
  ],
  [238, full('set_mempolicy', 'int ptr ulong', sysSetMempolicy)],
  [239, full('get_mempolicy', 'ptr ptr ulong ptr hex', sysGetMempolicy)],
  [256, full('migrate_pages', 'pid ulong ptr ptr', sysMigratePages)],
  [279, full('move_pages', 'pid ulong ptr ptr ptr hex', sysMovePages)],
  [450, full('set_mempolicy_home_node', 'ptr len ulong hex', sysSetMempolicyHomeNode)],
];
