/**
 * The context record of a translated task: its registers, in shared memory. The kernel and the processor
 * (host/cpu) own it in turn: while Processor.run executes it, nobody else looks; between two runs it is complete and
 * exact. Offsets are in bytes from the record's beginning, which is aligned to CONTEXT_BYTES; fields are
 * little-endian.
 *
 * Flags stand as a record of the last operation that set them, and are computed when somebody asks
 * (Processor.readFlags, Processor.writeFlags; see host/cpu/flags.ts).
 */

export const CONTEXT_BYTES = 1024;

/** Sixteen 64-bit registers in the order of their encoding. */
export const CPU_GPR = 0x000;
export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
export const R8 = 8;
export const R9 = 9;
export const R10 = 10;
export const R11 = 11;
export const R12 = 12;
export const R13 = 13;
export const R14 = 14;
export const R15 = 15;
/** u64. After TRAP_SYSCALL the instruction after it; after a fault the instruction that faulted. */
export const CPU_RIP = 0x080;
/** u32 FLAGS_*, u64 operands and result, sign-extended: the last operation that set the arithmetic flags. */
export const CPU_FLAGS_KIND = 0x088;
/** u32: the flags that are no arithmetic ones (TF, DF, AC, ID), at their places in RFLAGS. */
export const CPU_FLAGS_REST = 0x08c;
export const CPU_FLAGS_A = 0x090;
export const CPU_FLAGS_B = 0x098;
export const CPU_FLAGS_RESULT = 0x0a0;
/** u64 */
export const CPU_FS_BASE = 0x0a8;
export const CPU_GS_BASE = 0x0b0;
/** Always 0: what an absent base or index register reads. */
export const CPU_ZERO = 0x0b8;
/** u32: byte offset of the address space's read map; its write map follows. Set by the processor. */
export const CPU_MAP = 0x0c0;
/** u32: byte offset of the table from program counter to code. Set by the processor. */
export const CPU_JUMP_CACHE = 0x0c4;
/** i32: blocks that may still be executed before TRAP_INTERRUPT. */
export const CPU_FUEL = 0x0c8;
/** u32 TRAP_*: why the last run ended. */
export const CPU_TRAP = 0x0cc;
/** TRAP_PAGE_FAULT: u64 the address, u32 ACCESS_*. */
export const CPU_FAULT_ADDRESS = 0x0d0;
export const CPU_FAULT_ACCESS = 0x0d8;
export const CPU_MXCSR = 0x0dc;
/** u32: 1 if arithmetic needs no look at MXCSR (nearest, all masked, PE set). Kept by the processor. */
export const CPU_PLAIN_FLOAT = 0x0e0;
/** x87: u16 control, status (with TOP), valid registers (bit i: physical register i holds a value), last opcode. */
export const CPU_FCW = 0x0e4;
export const CPU_FSW = 0x0e6;
export const CPU_FTW = 0x0e8;
export const CPU_FOP = 0x0ea;
/** u64: last instruction and operand of the x87. */
export const CPU_FIP = 0x0f0;
export const CPU_FDP = 0x0f8;
/** Sixteen 128-bit registers. */
export const CPU_XMM = 0x100;
/** Eight x87 registers in physical order (R0 … R7), 80 bits each at the start of 16 bytes; MMi is the low 64 bits of Ri. */
export const CPU_X87 = 0x200;
/** 64 bytes where an access that cannot be done in place is staged. */
export const CPU_BOUNCE = 0x280;
/** 64 bytes for the processor's own use. */
export const CPU_SCRATCH = 0x2c0;

/** syscall instruction. RIP is after it; RCX and R11 are as the instruction leaves them. */
export const TRAP_SYSCALL = 1;
/** #PF: an access that GuestPages.translate refused. RIP is the instruction. */
export const TRAP_PAGE_FAULT = 2;
/** #DE */
export const TRAP_DIVIDE = 3;
/** #DB after a single step. */
export const TRAP_DEBUG = 4;
/** int3; RIP is after it. */
export const TRAP_BREAKPOINT = 5;
/** #UD, also what is not implemented: Processor.describe tells. */
export const TRAP_INVALID_OPCODE = 6;
/** #GP: privileged instruction, non-canonical address, misaligned SSE operand. */
export const TRAP_PROTECTION = 7;
/** #MF: unmasked x87 exception. */
export const TRAP_X87 = 8;
/** #XM: unmasked SSE exception. */
export const TRAP_SIMD = 9;
/** Fuel ran out, or somebody set CPU_FUEL to 0. */
export const TRAP_INTERRUPT = 10;
/** Nothing was executed: ProcessorMemory had none for what the processor needs itself. */
export const TRAP_NO_MEMORY = 11;

export const ACCESS_READ = 0;
export const ACCESS_WRITE = 1;
export const ACCESS_EXECUTE = 2;
