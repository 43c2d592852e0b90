/**
 * The trap record: how a native program, in a thread of its own, enters the kernel. One record per context, in shared
 * memory; the program's thread and the kernel thread own it in turn, and STATE says whose turn it is.
 *
 *   program: writes KIND, NUMBER, ARGS; STATE = TRAPPED; sets its bit in the trapped bitmap; raises LINE_TRAP; waits
 *   kernel:  reads the record, works, writes OUTCOME and RESULT; STATE = RUNNING; WAKE = 1; notifies WAKE
 *
 * The stores before the atomic store to STATE are visible to whoever sees the new STATE (sequential consistency of
 * Atomics), so the rest of the record needs no atomics. All offsets are in 32-bit words.
 *
 * The program waits so: WAKE = 0; look at STATE; sleep while WAKE is 0. If it saw the old STATE, the kernel's store to
 * STATE came after that look, its store to WAKE later still, and the sleep ends. Why not sleep on STATE itself: a second
 * kernel may have to wake the thread, that of the outer guest (DOORBELL), and STATE is none of its business.
 */

/** Words per record. */
export const CONTEXT_WORDS = 80;

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
/** Program start: index of the trusted program, and the initial stack pointer (ENTRY_THREAD: its argument). */
export const START_PROGRAM = 56;
export const START_STACK = 57;
/** TRAP_FAULT's answer: the physical byte offset of the address, and how many bytes from there are contiguous. */
export const FAULT_PHYSICAL = 58;
export const FAULT_LENGTH = 59;
/** Programs that this context has run; counted by the kernel. Whoever keeps the pool sees what is in use. */
export const STARTS = 60;

/** After vfork has returned 0: the pid of the child that runs now. OUTCOME_VFORK_DONE tells by pid whose vfork ends. */
export const VFORK_CHILD = 61;

/** Program start: ENTRY_* */
export const START_ENTRY = 62;
/**
 * What the kernel rings when it sets ATTENTION, for a program that sleeps on a word of its own: index of a word in the
 * memory of this kernel (byte offset in its window / 4), 0 for none, and the bits to set there before it is notified.
 * The program writes them; the kernel clears them when a program starts.
 */
export const DOORBELL = 63;
export const DOORBELL_BITS = 64;
/** The program sleeps while this is 0, see above. */
export const WAKE = 65;
/**
 * How often the program began or ended to sleep on a word of its own (umwait, as it were; waitWord of its libc): odd
 * while it sleeps. WAIT_BEGAN and WAITED tell how long: host/waiting.ts, which alone reads and writes them. The kernel
 * sets all to 0 when a program starts.
 */
export const WAITING = 66;
export const WAIT_BEGAN = 68;
export const WAITED = 70;

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

/** The bundle's `start(thread, stackPointer)`. */
export const ENTRY_PROGRAM = 0;
/** The bundle's `startThread(thread, argument)`: a thread that clone(2) made in a native program. */
export const ENTRY_THREAD = 1;

/**
 * The handler of a signal that ends the one thread that takes it, even if it computes and never traps.
 * Linux: does not have it; a C library's SIGCANCEL handler, which can interrupt any computation, does this there.
 */
export const HANDLER_EXIT_THREAD = 2;

export const TRAP_SYSCALL = 0;
export const TRAP_FAULT = 1;
/**
 * After OUTCOME_EXIT: the thread cannot unwind, because what stands on its stack is not this program's own (a kernel, or
 * a program of a nested guest, which might catch what is thrown). It sleeps, and is to be terminated.
 */
export const TRAP_STUCK = 2;
/** RESULT holds the call's result or -errno. */
export const OUTCOME_RESULT = 0;
/** Run the handler SIGNAL_HANDLER for SIGNAL_NUMBER, then call rt_sigreturn; its result is the interrupted call's. */
export const OUTCOME_SIGNAL = 1;
/** The vfork child of this thread has its own context now: unwind to that vfork; RESULT is the child's pid. */
export const OUTCOME_VFORK_DONE = 2;
/** The program is over: unwind and wait for the next one. */
export const OUTCOME_EXIT = 3;
