/** The notes of a core file: what every thread was doing. Linux counterpart: fill_note_info in fs/binfmt_elf.c. */
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import { toBytes } from '../abi/byte-string.ts';
import * as core from '../abi/core-file.ts';
import { viewOf } from '../abi/layout.ts';
import { Errno } from '../errors.ts';
import { pathname } from '../fs/pathname.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { encodeSignalInfo } from './signal-queue.ts';
import { encodeFloatRegisters, encodeUserRegisters } from './user-registers.ts';

const MAX_ARGUMENTS = 80;

/** All notes, those of `task` first, as the segment PT_NOTE has them. */
export function coreNotes(task: Task, info: SignalInfo): Uint8Array {
  const notes = [
    note(core.NT_PRSTATUS, status(task, info)),
    note(core.NT_PRPSINFO, processInfo(task)),
    note(core.NT_SIGINFO, encodeSignalInfo(info)),
    note(core.NT_AUXV, task.auxv),
    note(core.NT_FILE, files(task)),
    note(core.NT_PRFPREG, encodeFloatRegisters(task)),
  ];
  for (const thread of task.group.threads) {
    if (thread === task || thread.registers === 0) continue;
    notes.push(note(core.NT_PRSTATUS, status(thread, info)));
    notes.push(note(core.NT_PRFPREG, encodeFloatRegisters(thread)));
  }
  return concatenate(notes);
}

/** Elf64_Nhdr, the name "CORE", and the content, each rounded up to four bytes. */
function note(type: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + Math.ceil(content.length / 4) * 4);
  const view = viewOf(bytes);
  view.setUint32(0, 5, true);
  view.setUint32(4, content.length, true);
  view.setUint32(8, type, true);
  bytes.set(toBytes('CORE'), 12);
  bytes.set(content, 20);
  return bytes;
}

function status(task: Task, { signo, code, errno }: SignalInfo): Uint8Array {
  const { group, usage } = task;
  return core.PrStatus.encode({
    signo,
    code,
    errno: errno ?? 0,
    currentSignal: signo,
    pending: task.pending.set,
    held: task.blocked,
    pid: task.tid,
    ppid: group.parent?.tgid ?? 0,
    pgrp: group.processGroup.id,
    sid: group.session.id,
    userSec: Math.floor(usage.userNs / 1e9),
    userUsec: Math.floor((usage.userNs % 1e9) / 1000),
    systemSec: Math.floor(usage.systemNs / 1e9),
    systemUsec: Math.floor((usage.systemNs % 1e9) / 1000),
    registers: encodeUserRegisters(task),
    hasFloat: 1,
  });
}

function processInfo(task: Task): Uint8Array {
  const { group, credentials, sched } = task;
  return core.PrPsInfo.encode({
    stateName: 'R'.charCodeAt(0),
    nice: sched.nice,
    uid: credentials.uid,
    gid: credentials.gid,
    pid: group.tgid,
    ppid: group.parent?.tgid ?? 0,
    pgrp: group.processGroup.id,
    sid: group.session.id,
    name: toBytes(task.comm),
    arguments: commandLine(task),
  });
}

/** The beginning of the arguments, with blanks between them. */
function commandLine(task: Task): Uint8Array {
  const mm = task.memory;
  const length = Math.min(mm.argEnd - mm.argStart, MAX_ARGUMENTS - 1);
  if (length <= 0) return new Uint8Array(0);
  try {
    return mm.copyIn(mm.argStart, length).map(byte => (byte === 0 ? 0x20 : byte));
  } catch (error) {
    if (error instanceof Errno) return new Uint8Array(0);
    throw error;
  }
}

/** Which parts of memory are which files: NT_FILE. */
function files(task: Task): Uint8Array {
  const mapped = task.memory.vmas.filter(vma => vma.file !== undefined);
  const bytes = new Uint8Array(16 + mapped.length * 24);
  const view = viewOf(bytes);
  view.setBigUint64(0, BigInt(mapped.length), true);
  view.setBigUint64(8, BigInt(PAGE_SIZE), true);
  let names = '';
  mapped.forEach((vma, i) => {
    view.setBigUint64(16 + i * 24, BigInt(vma.start), true);
    view.setBigUint64(24 + i * 24, BigInt(vma.end), true);
    view.setBigUint64(32 + i * 24, BigInt(vma.pageOffset), true);
    names += `${pathname(vma.file!.path, task.fs.root)}\0`;
  });
  return concatenate([bytes, toBytes(names)]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
