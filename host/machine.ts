/**
 * The machine that the kernel is compiled to run on: all that it may use of the outside world, handed to it at boot.
 * `host/node` builds it from Node's threads, files and sockets; `host/guest` will build the same from guest system
 * calls, which is nesting. This file is the only thing that both sides know.
 *
 * Units are in the names. Nothing here is asynchronous: what needs an event loop lives outside the kernel thread,
 * talks through shared memory and raises an interrupt line.
 */

/** Interrupt lines: bits of the pending word. */
export const LINE_TRAP = 1 << 0; // a native context trapped: see NativeProcessors.takeTrapped
export const LINE_POOL = 1 << 1; // a native context became idle or dead
export const LINE_PORT = 1 << 2; // a port has new bytes, new room or a new window size: see Machine.takePorts
export const LINE_CONTROL = 1 << 3; // the control channel wants the event loop
export const LINE_POWER = 1 << 4; // the embedder asks for an orderly shutdown
export const LINE_DEVICE = 1 << 5; // a network or other device ring moved

export interface Machine {
  readonly memory: PhysicalWindow;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  readonly processors: NativeProcessors;
  /** Runs x86-64 code in the kernel's own thread. Absent: exec of an ELF program is ENOEXEC. */
  readonly processor?: Processor;
  readonly programs: TrustedPrograms;
  /** Host directories that the embedder mounts, by tag: `fs` is Node's synchronous fs API or a memfs Volume. */
  readonly directories: ReadonlyMap<string, HostDirectory>;
  /** Fills with unpredictable bytes, or with the seed's sequence. */
  random(into: Uint8Array): void;
  /** Byte streams to the outside, by number. Port 0 is the console. Ports come and go with spawned commands. */
  port(number: number): Port | undefined;
  /** The numbers of ports that changed since the last call. */
  takePorts(): number[];
  /** A line of the kernel log, as soon as it is written. */
  log(line: LogLine): void;
  /** The machine stops: power off, restart, or a panic. Does not return control to the guest. */
  halt(how: Halt): void;
}

export interface LogLine {
  /** Nanoseconds since boot. */
  readonly timeNs: number;
  /** syslog(2) level, 0 (emergency) to 7 (debug). */
  readonly level: number;
  readonly text: string;
}

export type Halt =
  | { readonly kind: 'poweroff' | 'restart' | 'halt' }
  | { readonly kind: 'panic'; readonly message: string; readonly stack: string };

/** Guest RAM: `length` bytes at `offset` of a shared memory. Both are multiples of 64 KiB. */
export interface PhysicalWindow {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly length: number;
}

export interface Clock {
  /** Nanoseconds since the machine started; never goes back; exact to 2^53. */
  monotonicNs(): number;
  /** Nanoseconds from 1970-01-01 UTC to the instant at which monotonicNs was 0. */
  readonly bootRealtimeNs: bigint;
}

export interface Interrupts {
  /** Is a line pending? Asked between any two system calls of a translated program. */
  readonly isPending: boolean;
  /** Takes all pending lines (and clears them); 0 if none is. */
  take(): number;
  /** Sleeps until a line is raised or monotonicNs reaches the deadline (Infinity: none); `nowNs` is the time now. */
  wait(deadlineNs: number, nowNs: number): void;
}

/** A context: index of a trap record (kernel/abi/trap.ts). Brand so that it is no other number. */
export type ContextIndex = number & { readonly __brand: 'ContextIndex' };

/** Threads that run native programs. Records lie in shared memory; this interface finds and drives them. */
export interface NativeProcessors {
  /** The words of all trap records; record i begins at word i * CONTEXT_WORDS. */
  readonly records: Int32Array;
  readonly count: number;
  /** Takes an idle context for a program, or undefined: then `want` more and wait for LINE_POOL. */
  takeIdle(): ContextIndex | undefined;
  /** Tells how many programs wait for a context, so that threads are started. */
  want(waiting: number): void;
  /** Contexts that trapped since the last call, in order of discovery. */
  takeTrapped(into: ContextIndex[]): void;
  /** Hands the record back to its thread (after OUTCOME and RESULT were written). */
  resume(context: ContextIndex): void;
  /** Stops a thread that does not trap; its STATE becomes DEAD and LINE_POOL is raised when it is gone. */
  terminate(context: ContextIndex): void;
  /** A dead context's record may be used again. */
  release(context: ContextIndex): void;
  /** Does the program sleep on a word of its own (WAITING of the record)? */
  isWaiting(context: ContextIndex): boolean;
  /** Nanoseconds that it slept so, until now, since it began. */
  waitedNs(context: ContextIndex): number;
}

/** What the processor asks of the kernel. Addresses are numbers; physical ones are byte offsets into the memory. */
export interface GuestPages {
  /**
   * Makes the page of a user address (below 2^47) accessible, for ACCESS_READ, _WRITE or _EXECUTE, and returns the
   * physical byte offset of `address` itself; 0 if the access faults. May write maps by way of `invalidate`.
   */
  translate(address: number, access: number): number;
}

/** Memory that the processor itself needs (page maps, code tables): contiguous, a power of two of pages. */
export interface ProcessorMemory {
  /** Physical byte offset of 2^order pages, content unspecified; 0 if there is none. */
  allocate(order: number): number;
  free(at: number, order: number): void;
}

/**
 * A processor for x86-64 code. A context is the physical byte offset of a record (kernel/abi/cpu-context.ts). It is
 * synchronous: run returns when the code traps.
 */
export interface Processor {
  /** Once, before everything else. `tsc` reads the time-stamp counter (nanoseconds since boot will do). */
  start(memory: ProcessorMemory, tsc: () => number): void;
  /** Puts a context into the state in which a program begins: all registers zero, control words as Linux sets them. */
  reset(context: number): void;
  /** A cache of translations for one address space. */
  createSpace(pages: GuestPages): ProcessorSpace;
  /** Runs at most about `fuel` blocks; returns TRAP_*. */
  run(context: number, space: ProcessorSpace, fuel: number): number;
  /** Executes one instruction; TRAP_DEBUG after it, or what it trapped with. */
  step(context: number, space: ProcessorSpace): number;
  /** RFLAGS as pushf shows them. */
  readFlags(context: number): number;
  /** Sets the flags that a program may set; leaves the others. */
  writeFlags(context: number, flags: number): void;
  /** The 512 bytes of fxsave64. */
  saveFloat(context: number, into: Uint8Array): void;
  /** False, and nothing changed, if MXCSR has reserved bits. */
  restoreFloat(context: number, from: Uint8Array): boolean;
  /** The instruction at RIP as bytes and text, for the log. */
  describe(context: number, space: ProcessorSpace): string;
  /** eax, ebx, ecx, edx as cpuid leaves them (SDM volume 2), signed or not. */
  cpuid(leaf: number, subleaf: number): readonly [number, number, number, number];
  /** By physical page number: not 0 while something is remembered of the code in that page. */
  readonly codePages: Uint8Array;
  /** The content of a page of code changes without the processor's doing (a store by the kernel), or it was freed. */
  codeChanged(page: number): void;
}

export interface ProcessorSpace {
  /** Pages from … to − 1, of 2^35, lose rights or frames; ranges that gain rights need no word. */
  invalidate(fromPage: number, toPage: number): void;
  /** The address space is gone. */
  release(): void;
}

/** The native programs that the embedder trusts, known by the SHA-256 of their bundles. */
export interface TrustedPrograms {
  /** The number of the program whose file has exactly these bytes; undefined if it is none of them. */
  identify(content: readonly Uint8Array[]): number | undefined;
}

/** A byte stream in each direction, with its bytes in shared memory. Used by the console and by spawned commands. */
export interface Port {
  /** Bytes that came from outside: copies up to into.length, returns how many; 0: none now. */
  read(into: Uint8Array): number;
  /** Bytes to the outside: copies what fits, returns how many; 0: no room now. */
  write(from: Uint8Array): number;
  readonly readableBytes: number;
  readonly writableBytes: number;
  /** The outside will send no more (after what is still readable). */
  readonly isInputEnded: boolean;
  /** The outside takes no more: writing is EPIPE. */
  readonly isOutputClosed: boolean;
  /** The guest will write no more. */
  endOutput(): void;
  /** The guest will read no more. */
  closeInput(): void;
  /** Rows and columns of the terminal behind the port; 0 × 0 if there is none. */
  readonly windowSize: { readonly rows: number; readonly columns: number };
  /** The stream broke off: the outside did not read what the guest had sent. */
  readonly isReset?: boolean;
}

export interface HostDirectory {
  readonly fs: HostFs;
  /** Path of the directory in `fs`. */
  readonly path: string;
  readonly isReadOnly: boolean;
  /** Unix sockets in the directory may be bound and connected to. Absent: they may not. */
  readonly sockets?: HostSockets;
}

/**
 * Unix stream sockets of the outside, by paths of `HostFs`. Errors are thrown as those of HostFs are, with a `code`. What
 * these calls number is a port, or a bound socket, which shares the numbers with the ports: `takePorts` gives the number
 * when somebody has connected to it.
 */
export interface HostSockets {
  /** Connects to the socket at `path`, at once or not at all: a port. EAGAIN: not now. */
  connect(path: string): number;
  /** Makes a socket at `path`, where nothing is. Who connects before `listen` is refused, or waits for it. */
  bind(path: string): number;
  listen(socket: number, backlog: number): void;
  /** The port of the next connection to a socket; undefined if there is none now. */
  accept(socket: number): number | undefined;
  /**
   * A bound socket is closed; its file stays. A port whose output was ended and whose input was closed is not used any
   * more; what was written still goes out.
   */
  release(number: number): void;
}

/** The part of Node's synchronous fs API that hostfs uses; `node:fs` and memfs both have it. Paths may be Buffers. */
export type HostFs = Pick<
  typeof import('node:fs'),
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'fstatSync'
  | 'lstatSync'
  | 'statSync'
  | 'statfsSync'
  | 'readdirSync'
  | 'readlinkSync'
  | 'symlinkSync'
  | 'linkSync'
  | 'unlinkSync'
  | 'mkdirSync'
  | 'rmdirSync'
  | 'renameSync'
  | 'ftruncateSync'
  | 'truncateSync'
  | 'fsyncSync'
  | 'fdatasyncSync'
  | 'futimesSync'
  | 'utimesSync'
  | 'lutimesSync'
  | 'chmodSync'
  | 'fchmodSync'
  | 'chownSync'
  | 'fchownSync'
  | 'lchownSync'
  | 'realpathSync'
  | 'constants'
>;
