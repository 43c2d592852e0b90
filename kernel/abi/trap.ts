/**
 * The trap record: how a native program, in a thread of its own, enters the kernel. One record per context, in shared
 * memory; the program's thread and the kernel thread own it in turn, and STATE says whose turn it is.
 *
 *   program: writes KIND, NUMBER, ARGS; STATE = TRAPPED; sets its bit in the trapped bitmap; raises LINE_TRAP; waits on STATE
 *   kernel:  reads the record, works, writes OUTCOME and RESULT; STATE = RUNNING; notifies STATE
 *
 * The stores before the atomic store to STATE are visible to whoever sees the new STATE (sequential consistency of
 * Atomics), so the rest of the record needs no atomics. All offsets are in 32-bit words.
 */

/** Words per record. */
export const CONTEXT_WORDS = 64;

export const STATE = 0;
/** The kernel's request to the running program to trap soon: a signal is pending. Long computations may look at it. */
export const ATTENTION = 1;
/** TRAP_* */
export const KIND = 2;
/** System call number (TRAP_SYSCALL), or 0 to read / 1 to write (TRAP_FAULT). */
export const NUMBER = 3;
/** Six arguments, low word first. TRAP_FAULT: argument 0 is the address, argument 1 the length. */
export const ARGS = 4;
/** OUTCOME_* */
export const OUTCOME = 16;
/** The call's result, low word first. */
export const RESULT = 18;
/** OUTCOME_SIGNAL: the handler's token as sigaction gave it (low word), and 128 bytes of siginfo. */
export const SIGNAL_NUMBER = 20;
export const SIGNAL_HANDLER = 21;
export const SIGNAL_INFO = 24; // 32 words: siginfo_t
/** Program start: index of the trusted program, and the initial stack pointer (a Linux process stack). */
export const START_PROGRAM = 56;
export const START_STACK = 57;
/** TRAP_FAULT's answer: the physical byte offset of the address, and how many bytes from there are contiguous. */
export const FAULT_PHYSICAL = 58;
export const FAULT_LENGTH = 59;
/** Programs that this context has run; counted by the kernel. Whoever keeps the pool sees what is in use. */
export const STARTS = 60;

/** After vfork has returned 0: the pid of the child that runs now. OUTCOME_VFORK_DONE tells by pid whose vfork ends. */
export const VFORK_CHILD = 61;

/** No thread stands behind this context. */
export const STATE_NONE = 0;
/** A thread waits here for a program. */
export const STATE_IDLE = 1;
/** The program computes. */
export const STATE_RUNNING = 2;
/** The program waits for the kernel. */
export const STATE_TRAPPED = 3;
/** The thread has ended; nothing of it touches memory any more. */
export const STATE_DEAD = 4;

export const TRAP_SYSCALL = 0;
export const TRAP_FAULT = 1;
/** RESULT holds the call's result or -errno. */
export const OUTCOME_RESULT = 0;
/** Run the handler SIGNAL_HANDLER for SIGNAL_NUMBER, then call rt_sigreturn; its result is the interrupted call's. */
export const OUTCOME_SIGNAL = 1;
/** The vfork child of this thread has its own context now: unwind to that vfork; RESULT is the child's pid. */
export const OUTCOME_VFORK_DONE = 2;
/** The program is over: unwind and wait for the next one. */
export const OUTCOME_EXIT = 3;
