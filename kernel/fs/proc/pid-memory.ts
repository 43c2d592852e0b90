/**
 * /proc/PID/mem, cmdline, environ and auxv: the memory of a process as files; proc_pid_mem(5) and its neighbours.
 * Linux counterpart: mem_rw, get_mm_cmdline, environ_read in fs/proc/base.c.
 */
import type { AddressSpace } from '../../mm/address-space.ts';
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { Task } from '../../task/task.ts';
import type { File, OpenContext } from '../file.ts';
import { fromBytes } from '../../abi/byte-string.ts';
import { EIO } from '../../abi/errno.ts';
import { Errno, fail } from '../../errors.ts';
import { forcedRead, forcedWrite } from '../../mm/forced-access.ts';
import { requireAccess } from './access.ts';
import { MemoryFile } from './memory-file.ts';

/** Linux: reads cmdline and environ page by page without a limit; exec's own limit is 2 MiB in all. */
const MAX_STRINGS = 2 << 20;
const CHUNK = 16 * 4096;

/** The arguments, each with its NUL; empty for a zombie. setproctitle may have run over into the environment. */
export function pidCmdline(task: Task): string {
  const { mm } = task;
  if (mm === undefined || mm.argEnd <= mm.argStart) return '';
  const text = readRange(mm, mm.argStart, mm.argEnd);
  if (text.endsWith('\0') || mm.envEnd <= mm.envStart) return text;
  const rest = readRange(mm, mm.argStart, Math.max(mm.argEnd, mm.envEnd));
  const end = rest.indexOf('\0');
  return end < 0 ? rest : rest.slice(0, end + 1);
}

export function pidEnviron(task: Task): string {
  const { mm } = task;
  return mm === undefined ? '' : readRange(mm, mm.envStart, mm.envEnd);
}

export function pidAuxv(task: Task): string {
  return task.mm === undefined ? '' : fromBytes(task.auxv);
}

function readRange(mm: AddressSpace, from: number, to: number): string {
  const length = Math.min(to - from, MAX_STRINGS);
  if (length <= 0) return '';
  try {
    return fromBytes(mm.copyIn(from, length));
  } catch (error) {
    if (error instanceof Errno) return ''; // the process has unmapped it
    throw error;
  }
}

export function openPidMemory(task: Task, context: OpenContext): File {
  requireAccess(task, context.task);
  return new PidMemoryFile(context, task.mm);
}

/** Positions are addresses. */
class PidMemoryFile extends MemoryFile {
  override read(buffer: IoBuffer, offset: number): number {
    return this.#transfer(buffer, offset, (mm, at, length) => buffer.put(forcedRead(mm, at, length)));
  }

  override write(buffer: IoBuffer, offset: number): number {
    return this.#transfer(buffer, offset, (mm, at, length) => {
      const bytes = new Uint8Array(length);
      const count = buffer.take(bytes);
      forcedWrite(mm, at, bytes.subarray(0, count));
      return count;
    });
  }

  #transfer(
    buffer: IoBuffer,
    offset: number,
    move: (mm: AddressSpace, at: number, length: number) => number,
  ): number {
    const { mm } = this;
    if (mm === undefined) return 0;
    let done = 0;
    while (buffer.remaining > 0) {
      const at = offset + done;
      // Page by page, so that what lies before a hole is moved.
      const length = Math.min(buffer.remaining, CHUNK, 4096 - (at % 4096));
      try {
        const count = move(mm, at, length);
        done += count;
        if (count < length) break;
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        if (done === 0) fail(EIO, 'address is not mapped');
        break;
      }
    }
    return done;
  }
}
