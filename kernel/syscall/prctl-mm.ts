/**
 * The options of prctl(2) that are about memory: PR_SET_MM (what /proc says of a program: its arguments, its heap) and
 * PR_SET_VMA (names of anonymous mappings). Linux counterparts: prctl_set_mm in kernel/sys.c, mm/madvise.c.
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task } from '../task/task.ts';
import { EBADF, EBUSY, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { layout } from '../abi/layout.ts';
import * as abi from '../abi/prctl.ts';
import { RLIMIT_DATA } from '../abi/resource.ts';
import { fail } from '../errors.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { pageAlign } from '../mm/placement.ts';
import { CAP_SYS_RESOURCE } from '../task/credentials.ts';
import { setExecutable } from '../task/executable.ts';

/** Facts of a program: fields of AddressSpace. */
const FACTS = new Map([
  [abi.PR_SET_MM_START_CODE, 'startCode'],
  [abi.PR_SET_MM_END_CODE, 'endCode'],
  [abi.PR_SET_MM_START_DATA, 'startData'],
  [abi.PR_SET_MM_END_DATA, 'endData'],
  [abi.PR_SET_MM_START_STACK, 'startStack'],
  [abi.PR_SET_MM_START_BRK, 'startBrk'],
  [abi.PR_SET_MM_BRK, 'currentBrk'],
  [abi.PR_SET_MM_ARG_START, 'argStart'],
  [abi.PR_SET_MM_ARG_END, 'argEnd'],
  [abi.PR_SET_MM_ENV_START, 'envStart'],
  [abi.PR_SET_MM_ENV_END, 'envEnd'],
] as const);
type Fact = NonNullable<ReturnType<(typeof FACTS)['get']>>;
type Facts = Record<Fact, number>;

/** struct prctl_mm_map */
const MmMap = layout('prctl_mm_map', 104, {
  startCode: [0, 'u64'],
  endCode: [8, 'u64'],
  startData: [16, 'u64'],
  endData: [24, 'u64'],
  startBrk: [32, 'u64'],
  currentBrk: [40, 'u64'],
  startStack: [48, 'u64'],
  argStart: [56, 'u64'],
  argEnd: [64, 'u64'],
  envStart: [72, 'u64'],
  envEnd: [80, 'u64'],
  auxv: [88, 'u64'],
  auxvSize: [96, 'u32'],
  exeFd: [100, 'u32'],
});
/** Bytes of the auxiliary vector that the kernel keeps: AT_VECTOR_SIZE words. */
const AUXV_MAX = 50 * 8;
const NO_FD = 0xffff_ffff;
const MAX_NAME = 80;

/** PR_SET_MM */
export function setMemoryFacts(task: Task, option: number, value: number, size: number): number {
  const { memory } = task;
  if (option === abi.PR_SET_MM_MAP_SIZE) {
    memory.writeU32(value, MmMap.size);
    return 0;
  }
  if (option === abi.PR_SET_MM_MAP) return setMap(task, value, size);
  if (!task.capable(CAP_SYS_RESOURCE)) fail(EPERM, 'prctl: PR_SET_MM');
  if (option === abi.PR_SET_MM_EXE_FILE) return setExeFile(task, value);
  if (option === abi.PR_SET_MM_AUXV) return setAuxv(task, value, size);
  const fact = FACTS.get(option as never);
  if (size !== 0) fail(EINVAL, 'prctl: unused arguments are not 0');
  if (value >= memory.end || value < memory.memory.mmapMinAddr) fail(EINVAL, 'prctl: address');
  if (fact === undefined) return fail(EINVAL, 'prctl: PR_SET_MM option');
  checkFacts(task, { ...factsOf(memory), [fact]: value });
  const isInStrings = fact.startsWith('arg') || fact.startsWith('env') || fact === 'startStack';
  if (isInStrings && memory.find(value) === undefined) fail(EINVAL, 'prctl: nothing is mapped there');
  memory[fact] = value;
  return 0;
}

function factsOf(memory: AddressSpace): Facts {
  const facts: Partial<Facts> = {};
  for (const fact of FACTS.values()) facts[fact] = memory[fact];
  return facts as Facts;
}

/** Linux counterpart: validate_prctl_map_addr. */
function checkFacts(task: Task, facts: Facts): void {
  const lowest = task.kernel.memory.mmapMinAddr;
  const { end } = task.memory;
  const isPlaced = (at: number): boolean => at >= lowest && at < end;
  if (!Object.values(facts).every(isPlaced)) fail(EINVAL, 'prctl: address');
  const isOrdered =
    facts.startCode < facts.endCode &&
    facts.startData <= facts.endData &&
    facts.startBrk <= facts.currentBrk &&
    facts.argStart <= facts.argEnd &&
    facts.envStart <= facts.envEnd;
  if (!isOrdered) fail(EINVAL, 'prctl: end before start');
  const used = facts.currentBrk - facts.startBrk + (facts.endData - facts.startData);
  if (used > task.limit(RLIMIT_DATA)) fail(EINVAL, 'prctl: RLIMIT_DATA');
}

/** All facts at once; without CAP_SYS_RESOURCE too, as long as the program file stays. */
function setMap(task: Task, at: number, size: number): number {
  if (size !== MmMap.size) fail(EINVAL, 'prctl: size of struct prctl_mm_map');
  const { auxv, auxvSize, exeFd, ...facts } = MmMap.decode(task.memory.copyIn(at, MmMap.size));
  checkFacts(task, facts);
  if (auxvSize > 0 && (auxv === 0 || auxvSize > AUXV_MAX)) fail(EINVAL, 'prctl: auxiliary vector');
  const bytes = auxvSize > 0 ? task.memory.copyIn(auxv, auxvSize) : undefined;
  if (exeFd !== NO_FD) {
    if (!task.capable(CAP_SYS_RESOURCE)) fail(EPERM, 'prctl: PR_SET_MM_MAP with a file');
    setExeFile(task, exeFd);
  }
  Object.assign(task.memory, facts);
  if (bytes !== undefined) task.auxv = bytes;
  return 0;
}

function setAuxv(task: Task, at: number, size: number): number {
  if (size > AUXV_MAX) fail(EINVAL, 'prctl: auxiliary vector');
  const bytes = task.memory.copyIn(at, size);
  // It ends with a pair of zeros, whatever it was.
  if (size >= 16) bytes.fill(0, size - 16);
  task.auxv = bytes;
  return 0;
}

/** Another program file for /proc/PID/exe: only when nothing of the old one is mapped any more. */
function setExeFile(task: Task, fd: number): number {
  const file = task.files.get(fd) ?? fail(EBADF, 'prctl: no such descriptor');
  const old = task.exeFile?.inode;
  if (task.memory.vmas.some(vma => vma.file !== undefined && vma.file.inode === old)) {
    fail(EBUSY, 'prctl: the program is still mapped');
  }
  setExecutable(task, file);
  return 0;
}

/** PR_SET_VMA_ANON_NAME: the mappings in a range are called [anon:NAME]. */
export function nameMappings(task: Task, at: number, length: number, nameAt: number): number {
  const { memory } = task;
  const name = nameAt === 0 ? '' : `[anon:${readName(task, nameAt)}]`;
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'prctl: address is not aligned');
  const end = at + pageAlign(length);
  if (end > 2 ** 64) fail(EINVAL, 'prctl: range wraps');
  if (length === 0) return 0;
  let covered = 0;
  for (let i = memory.indexAfter(at); i < memory.vmas.length; i++) {
    const vma = memory.vmas[i]!;
    if (vma.start >= end) break;
    if (vma.cache !== undefined && vma.file !== undefined) fail(EBADF, 'prctl: mapping of a file');
    covered += Math.min(end, vma.end) - Math.max(at, vma.start);
  }
  memory.isolate(at, end);
  for (let i = memory.indexAfter(at); i < memory.vmas.length; i++) {
    const vma = memory.vmas[i]!;
    if (vma.start >= end) break;
    if (vma.name === '' || vma.name.startsWith('[anon:')) vma.name = name;
  }
  memory.mergeRange(at, end);
  if (covered < end - at) fail(ENOMEM, 'prctl: part of the range is not mapped');
  return 0;
}

/** Printable and without what would confuse readers of /proc/PID/maps. */
function readName(task: Task, at: number): string {
  let name = '';
  for (let i = 0; ; i++) {
    if (i >= MAX_NAME) fail(EINVAL, 'prctl: name is too long');
    const code = task.memory.readU8(at + i);
    if (code === 0) return name;
    const letter = String.fromCharCode(code);
    if (code < 0x20 || code > 0x7e || '\\`$[]'.includes(letter)) fail(EINVAL, 'prctl: name');
    name += letter;
  }
}
