/** prctl(2), arch_prctl(2), personality(2). */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import * as cap from '../abi/capability.ts';
import { toBytes } from '../abi/byte-string.ts';
import { CPU_FS_BASE, CPU_GS_BASE } from '../abi/cpu-context.ts';
import { EFAULT, EINVAL, ENODEV, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/prctl.ts';
import { NSIG } from '../abi/signal.ts';
import { Errno, fail } from '../errors.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { field, setFieldNumber } from '../task/registers.ts';
import { CAP_LAST, CAP_SETPCAP, CAP_SYS_RESOURCE } from '../task/credentials.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { SECCOMP_MODE_DISABLED, SECCOMP_MODE_FILTER, SECCOMP_MODE_STRICT } from '../abi/seccomp.ts';
import { setFilter, setStrict } from './seccomp.ts';
import { nameMappings, setMemoryFacts } from './prctl-mm.ts';
import { partial } from './table.ts';

const COMM_SIZE = 16;
/** PR_TSC_ENABLE */
const TSC_ENABLE = 1;

/** prctl(2) */
function sysPrctl(task: Task, args: Args): number {
  const value = args.len(1);
  const rest = [args.len(2), args.len(3), args.len(4)] as const;
  const requireZeros = (from: 0 | 1 = 0): void => {
    if (rest.slice(from).some(word => word !== 0)) fail(EINVAL, 'prctl: unused arguments are not 0');
  };
  const { group } = task;
  switch (args.i32(0)) {
    case abi.PR_SET_PDEATHSIG:
      if (value > NSIG) fail(EINVAL, 'prctl: no such signal');
      task.parentDeathSignal = value;
      return 0;
    case abi.PR_GET_PDEATHSIG:
      task.memory.writeI32(value, task.parentDeathSignal);
      return 0;
    case abi.PR_GET_DUMPABLE:
      return group.dumpable;
    case abi.PR_SET_DUMPABLE:
      if (value !== 0 && value !== 1) fail(EINVAL, 'prctl: dumpable');
      group.dumpable = value;
      return 0;
    case abi.PR_SET_NAME:
      task.comm = readName(task, value);
      return 0;
    case abi.PR_GET_NAME: {
      const bytes = new Uint8Array(COMM_SIZE);
      bytes.set(toBytes(task.comm).subarray(0, COMM_SIZE - 1));
      task.memory.copyOut(value, bytes);
      return 0;
    }
    case abi.PR_GET_TIMING:
      return 0;
    case abi.PR_SET_TIMING:
      return value === 0 ? 0 : fail(EINVAL, 'prctl: timing');
    case abi.PR_GET_SECCOMP:
      return task.seccomp?.mode ?? SECCOMP_MODE_DISABLED;
    case abi.PR_SET_SECCOMP:
      if (value === SECCOMP_MODE_STRICT) return setStrict(task);
      if (value === SECCOMP_MODE_FILTER) return setFilter(task, 0, rest[0]);
      return fail(EINVAL, 'prctl: PR_SET_SECCOMP');
    case abi.PR_GET_TSC:
      task.memory.writeI32(value, TSC_ENABLE);
      return 0;
    case abi.PR_SET_TSC:
      return value === TSC_ENABLE ? 0 : fail(EINVAL, 'prctl: TSC');
    case abi.PR_SET_TIMERSLACK:
      task.timerSlackNs = value === 0 ? 50_000 : value;
      return 0;
    case abi.PR_GET_TIMERSLACK:
      return task.timerSlackNs;
    case abi.PR_SET_CHILD_SUBREAPER:
      group.isSubreaper = value !== 0;
      return 0;
    case abi.PR_GET_CHILD_SUBREAPER:
      task.memory.writeI32(value, group.isSubreaper ? 1 : 0);
      return 0;
    case abi.PR_SET_NO_NEW_PRIVS:
      requireZeros();
      if (value !== 1) fail(EINVAL, 'prctl: no_new_privs cannot be taken back');
      task.noNewPrivileges = true;
      return 0;
    case abi.PR_GET_NO_NEW_PRIVS:
      requireZeros();
      if (value !== 0) fail(EINVAL, 'prctl: unused arguments are not 0');
      return task.noNewPrivileges ? 1 : 0;
    case abi.PR_GET_TID_ADDRESS:
      task.memory.writeU64(value, task.clearChildTid);
      return 0;
    case abi.PR_GET_THP_DISABLE:
      requireZeros();
      return task.isThpDisabled ? 1 : 0;
    case abi.PR_SET_THP_DISABLE:
      requireZeros(1);
      task.isThpDisabled = value !== 0;
      return 0;
    case abi.PR_GET_IO_FLUSHER:
    case abi.PR_SET_IO_FLUSHER:
      if (!task.capable(CAP_SYS_RESOURCE)) fail(EPERM, 'prctl: IO_FLUSHER');
      return 0;
    case abi.PR_SET_PTRACER:
      return fail(EINVAL, 'prctl: no Yama');
    case abi.PR_SET_VMA:
      if (value !== abi.PR_SET_VMA_ANON_NAME) fail(EINVAL, 'prctl: PR_SET_VMA');
      return nameMappings(task, rest[0], rest[1], rest[2]);
    case abi.PR_SET_MM:
      if (rest[2] !== 0) fail(EINVAL, 'prctl: unused arguments are not 0');
      return setMemoryFacts(task, value, rest[0], rest[1]);
    default:
      return capabilityOption(task, args.i32(0), value, rest);
  }
}

function readName(task: Task, at: number): string {
  const bytes = new Uint8Array(COMM_SIZE - 1);
  // Byte by byte: the string may end just before memory does.
  for (let i = 0; i < bytes.length; i++) {
    const byte = task.memory.readU8(at + i);
    if (byte === 0) return fromBytes(bytes.subarray(0, i));
    bytes[i] = byte;
  }
  return fromBytes(bytes);
}

/** The options that change capabilities: capabilities(7). */
function capabilityOption(task: Task, option: number, value: number, rest: readonly number[]): number {
  const old = task.credentials;
  switch (option) {
    case abi.PR_CAPBSET_READ:
      if (value > CAP_LAST) fail(EINVAL, 'prctl: no such capability');
      return (old.bounding & bit(value)) !== 0n ? 1 : 0;
    case abi.PR_CAPBSET_DROP:
      if (!task.capable(CAP_SETPCAP)) fail(EPERM, 'prctl: bounding set');
      if (value > CAP_LAST) fail(EINVAL, 'prctl: no such capability');
      task.credentials = { ...old, bounding: old.bounding & ~bit(value) };
      return 0;
    case abi.PR_GET_KEEPCAPS:
      return (old.securebits & cap.SECBIT_KEEP_CAPS) !== 0 ? 1 : 0;
    case abi.PR_SET_KEEPCAPS:
      if (value > 1) fail(EINVAL, 'prctl: keep_caps');
      if ((old.securebits & cap.SECBIT_KEEP_CAPS_LOCKED) !== 0) fail(EPERM, 'prctl: keep_caps is locked');
      task.credentials = {
        ...old,
        securebits:
          value === 1 ? old.securebits | cap.SECBIT_KEEP_CAPS : old.securebits & ~cap.SECBIT_KEEP_CAPS,
      };
      return 0;
    case abi.PR_GET_SECUREBITS:
      return old.securebits;
    case abi.PR_SET_SECUREBITS:
      return setSecurebits(task, value);
    case abi.PR_CAP_AMBIENT:
      return ambient(task, value, rest);
    default:
      return fail(EINVAL, 'prctl: no such option');
  }
}

function bit(capability: number): bigint {
  return 1n << BigInt(capability);
}

function setSecurebits(task: Task, value: number): number {
  const old = task.credentials;
  const locks = (old.securebits & cap.SECURE_ALL_LOCKS) >> 1;
  const isChangingLocked = (locks & (old.securebits ^ value)) !== 0;
  const isUnlocking = (old.securebits & cap.SECURE_ALL_LOCKS & ~value) !== 0;
  const isUnknown = value > 0xff || (value & ~(cap.SECURE_ALL_LOCKS | cap.SECURE_ALL_BITS)) !== 0;
  if (isChangingLocked || isUnlocking || isUnknown || !task.capable(CAP_SETPCAP))
    fail(EPERM, 'prctl: securebits');
  task.credentials = { ...old, securebits: value };
  return 0;
}

function ambient(task: Task, command: number, [capability, unused1, unused2]: readonly number[]): number {
  const old = task.credentials;
  if (unused1 !== 0 || unused2 !== 0) fail(EINVAL, 'prctl: unused arguments are not 0');
  if (command === abi.PR_CAP_AMBIENT_CLEAR_ALL) {
    if (capability !== 0) fail(EINVAL, 'prctl: unused arguments are not 0');
    task.credentials = { ...old, ambient: 0n };
    return 0;
  }
  if (capability === undefined || capability > CAP_LAST) return fail(EINVAL, 'prctl: no such capability');
  const mask = bit(capability);
  switch (command) {
    case abi.PR_CAP_AMBIENT_IS_SET:
      return (old.ambient & mask) !== 0n ? 1 : 0;
    case abi.PR_CAP_AMBIENT_RAISE:
      if ((old.permitted & old.inheritable & mask) === 0n)
        fail(EPERM, 'prctl: not permitted and inheritable');
      if ((old.securebits & cap.SECBIT_NO_CAP_AMBIENT_RAISE) !== 0)
        fail(EPERM, 'prctl: ambient set is locked');
      task.credentials = { ...old, ambient: old.ambient | mask };
      return 0;
    case abi.PR_CAP_AMBIENT_LOWER:
      task.credentials = { ...old, ambient: old.ambient & ~mask };
      return 0;
    default:
      return fail(EINVAL, 'prctl: PR_CAP_AMBIENT');
  }
}

/** arch_prctl(2) */
function sysArchPrctl(task: Task, args: Args): number {
  const address = args.ptr(1);
  switch (args.i32(0)) {
    case abi.ARCH_SET_FS:
    case abi.ARCH_SET_GS:
      if (address >= TASK_SIZE) fail(EPERM, 'arch_prctl: kernel address');
      if (task.registers !== 0)
        setFieldNumber(task, args.i32(0) === abi.ARCH_SET_FS ? CPU_FS_BASE : CPU_GS_BASE, address);
      return 0;
    case abi.ARCH_GET_FS:
    case abi.ARCH_GET_GS:
      try {
        task.memory.writeB64(
          address,
          task.registers === 0
            ? 0n
            : field(task, args.i32(0) === abi.ARCH_GET_FS ? CPU_FS_BASE : CPU_GS_BASE),
        );
      } catch (error) {
        if (error instanceof Errno) fail(EFAULT, 'arch_prctl: address');
        throw error;
      }
      return 0;
    case abi.ARCH_GET_CPUID:
      return 1;
    case abi.ARCH_SET_CPUID:
      return fail(ENODEV, 'arch_prctl: cpuid faulting');
    default:
      // Codes of newer kernels (0x3001, shadow stacks 0x5001): C libraries probe for them.
      return fail(EINVAL, 'arch_prctl: no such code');
  }
}

const QUERY = 0xffff_ffff;

/** personality(2): how exec lays memory out, READ_IMPLIES_EXEC; uname of linux32(1). Linux: UNAME26 and a few more change answers. */
function sysPersonality(task: Task, args: Args): number {
  const old = task.personality;
  if (args.u32(0) !== QUERY) task.personality = args.u32(0);
  return old;
}

export const prctlTable: Row[] = [
  [135, partial('personality', 'hex', sysPersonality, 'memory layout, READ_IMPLIES_EXEC and LINUX32 only')],
  [157, partial('prctl', 'prctl hex hex hex hex', sysPrctl, 'no MCE, no speculation control')],
  [158, partial('arch_prctl', 'hex ptr', sysArchPrctl, 'FS, GS and CPUID only')],
];
