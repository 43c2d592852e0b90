/** renice, taskset, chrt and ionice of util-linux: the priorities and processors of processes. */
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { viewOf } from '../../kernel/abi/layout.ts';
import { parse, usageError } from '../libc/getopt.ts';
import { withBuffer } from '../libc/memory.ts';
import { SysError, syscall } from '../libc/native.ts';
import { userByName } from '../libc/pwd.ts';
import { getpriority, setpriority } from '../libc/resource.ts';
import { stdout } from '../libc/stdio.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { become } from './lib/spawn.ts';

const KINDS = { p: [0, 'process ID'], g: [1, 'process group ID'], u: [2, 'user ID'] } as const;

export function renice(argv: string[]): number {
  const words = argv.slice(1);
  let isRelative = false;
  if (words[0] === '--relative') {
    isRelative = true;
    words.shift();
  } else if (words[0] === '-n' || words[0] === '--priority') words.shift();
  if (words.length < 2) return usageError(argv[0]!, 'not enough arguments');
  const text = words.shift()!;
  if (!/^[+-]?\d+$/.test(text)) return usageError(argv[0]!, `invalid priority '${text}'`);
  let kind: keyof typeof KINDS = 'p';
  let status = 0;
  for (const word of words) {
    const option = /^(?:-([pgu])|--(pid|pgrp|user))$/.exec(word);
    if (option) {
      kind = (option[1] ?? { pid: 'p', pgrp: 'g', user: 'u' }[option[2]!]!) as keyof typeof KINDS;
      continue;
    }
    const [which, name] = KINDS[kind];
    const id = /^\d+$/.test(word) ? Number(word) : kind === 'u' ? userByName(word)?.uid : undefined;
    if (id === undefined) {
      warn(kind === 'u' ? `unknown user ${word}` : `bad ${name} value: ${word}`);
      status = 1;
      continue;
    }
    let step = 'get';
    try {
      const old = getpriority(which, id);
      step = 'set';
      setpriority(which, id, isRelative ? old + Number(text) : Number(text));
      stdout.write(`${id} (${name}) old priority ${old}, new priority ${getpriority(which, id)}\n`);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`failed to ${step} priority for ${id} (${name}): ${error.message}`);
      status = 1;
    }
  }
  return status;
}

const tasksetUsage = `Usage: taskset [options] [mask | cpu-list] [pid|cmd [args...]]

Show or change the CPU affinity of a process.

Options:
 -a, --all-tasks         operate on all the tasks (threads) for a given pid
 -p, --pid               operate on existing given pid
 -c, --cpu-list          display and specify cpus in list format
 -h, --help              display this help
 -V, --version           display version
`;
const MASK_BYTES = 128;

function getMask(pid: number): bigint {
  return withBuffer(MASK_BYTES, buffer => {
    buffer.bytes.fill(0);
    syscall(nr.SYS_sched_getaffinity, pid, MASK_BYTES, buffer.address);
    return viewOf(buffer.bytes).getBigUint64(0, true);
  });
}
function setMask(pid: number, mask: bigint): void {
  withBuffer(MASK_BYTES, buffer => {
    buffer.bytes.fill(0);
    viewOf(buffer.bytes).setBigUint64(0, mask, true);
    syscall(nr.SYS_sched_setaffinity, pid, MASK_BYTES, buffer.address);
  });
}
function listText(mask: bigint): string {
  const parts: string[] = [];
  for (let cpu = 0; cpu < 64; cpu++) {
    if (((mask >> BigInt(cpu)) & 1n) === 0n) continue;
    let last = cpu;
    while (last < 63 && (mask >> BigInt(last + 1)) & 1n) last++;
    parts.push(last === cpu ? String(cpu) : last === cpu + 1 ? `${cpu},${last}` : `${cpu}-${last}`);
    cpu = last;
  }
  return parts.join(',');
}
function parseMask(text: string, form: 'mask' | 'list'): bigint {
  if (form === 'mask') {
    if (!/^(0x)?[0-9a-fA-F]+$/.test(text)) return fail(1, `failed to parse CPU mask: ${text}`);
    return BigInt(`0x${text.replace(/^0x/, '')}`);
  }
  let mask = 0n;
  for (const word of text.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(word);
    if (!range) return fail(1, `failed to parse CPU list: ${text}`);
    for (let cpu = Number(range[1]); cpu <= Number(range[2] ?? range[1]) && cpu < 64; cpu++)
      mask |= 1n << BigInt(cpu);
  }
  return mask;
}

export function taskset(argv: string[]): number {
  const found = parse(argv, {
    short: '+apchV',
    long: { 'all-tasks': 'a', pid: 'p', 'cpu-list': 'c' },
    usage: tasksetUsage,
  });
  const form = found.has('c') ? 'list' : 'mask';
  const show = (pid: number, which: string): void => {
    const mask = getMask(pid);
    stdout.write(
      `pid ${pid}'s ${which} affinity ${form}: ${form === 'list' ? listText(mask) : mask.toString(16)}\n`,
    );
  };
  const { operands } = found;
  if (operands.length < (found.has('p') ? 1 : 2)) return usageError(argv[0]!, 'bad usage');
  try {
    if (!found.has('p')) {
      setMask(0, parseMask(operands[0]!, form));
      return become(operands.slice(1));
    }
    const pid = Number(operands.at(-1));
    if (!Number.isInteger(pid)) return fail(1, `invalid PID argument: '${operands.at(-1)}'`);
    show(pid, 'current');
    if (operands.length > 1) {
      setMask(pid, parseMask(operands[0]!, form));
      show(pid, 'new');
    }
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const pid = found.has('p') ? operands.at(-1) : '0';
    return fail(
      1,
      `failed to ${operands.length > 1 ? 'set' : 'get'} pid ${pid}'s affinity: ${error.message}`,
    );
  }
}

const POLICIES = ['SCHED_OTHER', 'SCHED_FIFO', 'SCHED_RR', 'SCHED_BATCH', '', 'SCHED_IDLE', 'SCHED_DEADLINE'];
const POLICY_OPTIONS: Readonly<Record<string, number>> = { o: 0, f: 1, r: 2, b: 3, i: 5 };
const chrtUsage = `
Usage:
 chrt [options] <priority> <command> [<arg>...]
 chrt [options] --pid <priority> <pid>

Policy options:
 -b, --batch          set policy to SCHED_BATCH
 -f, --fifo           set policy to SCHED_FIFO
 -i, --idle           set policy to SCHED_IDLE
 -o, --other          set policy to SCHED_OTHER
 -r, --rr             set policy to SCHED_RR (default)

Other options:
 -m, --max            show min and max valid priorities
 -p, --pid            operate on existing given pid

 -h, --help           display this help
 -V, --version        display version

For more details see chrt(1).
`;

export function chrt(argv: string[]): number {
  const found = parse(argv, {
    short: '+abfiomprvhV',
    long: { batch: 'b', fifo: 'f', idle: 'i', other: 'o', rr: 'r', max: 'm', pid: 'p' },
    usage: chrtUsage,
  });
  if (found.has('m')) {
    for (const policy of [0, 1, 2, 3, 5]) {
      const min = syscall(nr.SYS_sched_get_priority_min, policy);
      const max = syscall(nr.SYS_sched_get_priority_max, policy);
      stdout.write(`${`${POLICIES[policy]} min/max priority`.padEnd(32)}: ${min}/${max}\n`);
    }
    return 0;
  }
  const { operands } = found;
  const policy = POLICY_OPTIONS[found.last(...Object.keys(POLICY_OPTIONS)) ?? 'r'] ?? 2;
  const param = (pid: number): number =>
    withBuffer(4, buffer => {
      syscall(nr.SYS_sched_getparam, pid, buffer.address);
      return viewOf(buffer.bytes).getInt32(0, true);
    });
  const set = (pid: number, priority: number): void =>
    withBuffer(4, buffer => {
      viewOf(buffer.bytes).setInt32(0, priority, true);
      syscall(nr.SYS_sched_setscheduler, pid, policy, buffer.address);
    });
  const last = operands.at(-1) ?? '';
  try {
    if (found.has('p') && operands.length === 1) {
      const now = syscall(nr.SYS_sched_getscheduler, Number(last));
      stdout.write(`pid ${last}'s current scheduling policy: ${POLICIES[now] ?? 'unknown'}\n`);
      stdout.write(`pid ${last}'s current scheduling priority: ${param(Number(last))}\n`);
      return 0;
    }
    if (operands.length < 2) return usageError(argv[0]!, 'bad usage');
    if (!/^\d+$/.test(operands[0]!)) return fail(1, `invalid priority argument: '${operands[0]}'`);
    set(found.has('p') ? Number(last) : 0, Number(operands[0]));
    return found.has('p') ? 0 : become(operands.slice(1));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(1, `failed to set pid ${found.has('p') ? last : 0}'s policy: ${error.message}`);
  }
}

const CLASSES = ['none', 'realtime', 'best-effort', 'idle'];

export function ionice(argv: string[]): number {
  const found = parse(argv, {
    short: '+c:n:p:P:u:thV',
    long: { class: 'c', classdata: 'n', pid: 'p' },
    usage:
      'Usage:\n ionice [options] -p <pid>...\n ionice [options] <command>\n\nOptions:\n -c, --class <class>    name or number of scheduling class,\n                          0: none, 1: realtime, 2: best-effort, 3: idle\n -n, --classdata <num>  priority (0..7) in the specified scheduling class\n -p, --pid <pid>...     act on these already running processes\n',
  });
  const ioprioOf = (pid: number): string => {
    const value = syscall(nr.SYS_ioprio_get, 1, pid);
    const kind = CLASSES[value >> 13] ?? 'unknown';
    return kind === 'idle' ? kind : `${kind}: prio ${value & 0x1fff}`;
  };
  const word = found.value('c');
  const kind = word === undefined ? 2 : /^\d$/.test(word) ? Number(word) : CLASSES.indexOf(word);
  if (kind < 0 || kind > 3) return fail(1, `unknown scheduling class: '${word}'`);
  const data = Number(found.value('n') ?? 4);
  const pids = found.has('p') ? [found.value('p')!, ...found.operands] : [];
  const isSetting = found.has('c', 'n');
  const set = (pid: number): void => {
    syscall(nr.SYS_ioprio_set, 1, pid, (kind << 13) | (kind === 3 || kind === 0 ? 0 : data));
  };
  try {
    if (pids.length > 0) {
      for (const pid of pids) {
        if (isSetting) set(Number(pid));
        else stdout.write(`${ioprioOf(Number(pid))}\n`);
      }
      return 0;
    }
    if (found.operands.length === 0) {
      stdout.write(`${ioprioOf(0)}\n`);
      return 0;
    }
    set(0);
    return become(found.operands);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(1, `ioprio_${isSetting ? 'set' : 'get'} failed: ${error.message}`);
  }
}
