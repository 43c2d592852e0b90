/**
 * Interrupts of a nested machine. The kernel thread sleeps on PENDING of its own board, as on Node: inner programs wake
 * it without a call of the outer guest. What the outer guest has to tell comes as signals. Since it cannot interrupt a
 * thread that is not in a call, it rings the doorbell (kernel/abi/trap.ts), which sets LINE_OUTSIDE here; the thread
 * then makes a call, at whose end the signals are taken, and their handlers raise the lines that are meant.
 */
import { DOORBELL, DOORBELL_BITS } from '../../kernel/abi/trap.ts';
import { SYS_getpid } from '../../kernel/abi/syscall-numbers.ts';
import { type NativeThread, syscallRaw } from '../../userland/libc/native.ts';
import { PENDING } from '../board.ts';
import { BoardInterrupts } from '../interrupts.ts';

/** A signal of the outer guest waits to be taken. None of the kernel's lines (host/machine.ts). */
const LINE_OUTSIDE = 1 << 30;

export class GuestInterrupts extends BoardInterrupts {
  /**
   * `board` lies in the memory of this process; `thread` is the one that runs the kernel. Sleeps for `longestMs` at a
   * time at most.
   */
  constructor(board: Int32Array, thread: NativeThread, longestMs: number) {
    super(board, longestMs, (words, index, value, timeoutMs) =>
      thread.waitWord(words, index, value, timeoutMs),
    );
    const { records, base, memory } = thread;
    records[base + DOORBELL_BITS] = LINE_OUTSIDE;
    records[base + DOORBELL] = (board.byteOffset - memory.byteOffset) / 4 + PENDING;
  }

  override take(): number {
    const lines = super.take();
    if ((lines & LINE_OUTSIDE) === 0) return lines;
    syscallRaw(SYS_getpid);
    return (lines | super.take()) & ~LINE_OUTSIDE;
  }
}
