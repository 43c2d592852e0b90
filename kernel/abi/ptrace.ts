/** ptrace(2): linux/ptrace.h, asm/ptrace-abi.h, sys/user.h of x86-64. */
import { layout } from './layout.ts';

export const PTRACE_TRACEME = 0;
export const PTRACE_PEEKTEXT = 1;
export const PTRACE_PEEKDATA = 2;
export const PTRACE_PEEKUSER = 3;
export const PTRACE_POKETEXT = 4;
export const PTRACE_POKEDATA = 5;
export const PTRACE_POKEUSER = 6;
export const PTRACE_CONT = 7;
export const PTRACE_KILL = 8;
export const PTRACE_SINGLESTEP = 9;
export const PTRACE_GETREGS = 12;
export const PTRACE_SETREGS = 13;
export const PTRACE_GETFPREGS = 14;
export const PTRACE_SETFPREGS = 15;
export const PTRACE_ATTACH = 16;
export const PTRACE_DETACH = 17;
export const PTRACE_SYSCALL = 24;
export const PTRACE_ARCH_PRCTL = 30;
export const PTRACE_SYSEMU = 31;
export const PTRACE_SYSEMU_SINGLESTEP = 32;
export const PTRACE_SETOPTIONS = 0x4200;
export const PTRACE_GETEVENTMSG = 0x4201;
export const PTRACE_GETSIGINFO = 0x4202;
export const PTRACE_SETSIGINFO = 0x4203;
export const PTRACE_GETREGSET = 0x4204;
export const PTRACE_SETREGSET = 0x4205;
export const PTRACE_SEIZE = 0x4206;
export const PTRACE_INTERRUPT = 0x4207;
export const PTRACE_LISTEN = 0x4208;
export const PTRACE_PEEKSIGINFO = 0x4209;
export const PTRACE_GETSIGMASK = 0x420a;
export const PTRACE_SETSIGMASK = 0x420b;
export const PTRACE_GET_SYSCALL_INFO = 0x420e;
export const PTRACE_GET_RSEQ_CONFIGURATION = 0x420f;

/** PTRACE_PEEKSIGINFO: the queue of the process instead of that of the thread. */
export const PTRACE_PEEKSIGINFO_SHARED = 1;

export const PTRACE_O_TRACESYSGOOD = 1;
export const PTRACE_O_TRACEFORK = 1 << 1;
export const PTRACE_O_TRACEVFORK = 1 << 2;
export const PTRACE_O_TRACECLONE = 1 << 3;
export const PTRACE_O_TRACEEXEC = 1 << 4;
export const PTRACE_O_TRACEVFORKDONE = 1 << 5;
export const PTRACE_O_TRACEEXIT = 1 << 6;
export const PTRACE_O_TRACESECCOMP = 1 << 7;
export const PTRACE_O_EXITKILL = 1 << 20;
export const PTRACE_O_MASK = 0xff | PTRACE_O_EXITKILL;

export const PTRACE_EVENT_FORK = 1;
export const PTRACE_EVENT_VFORK = 2;
export const PTRACE_EVENT_CLONE = 3;
export const PTRACE_EVENT_EXEC = 4;
export const PTRACE_EVENT_VFORK_DONE = 5;
export const PTRACE_EVENT_EXIT = 6;
export const PTRACE_EVENT_SECCOMP = 7;
export const PTRACE_EVENT_STOP = 128;

export const NT_PRSTATUS = 1;
export const NT_PRFPREG = 2;
export const NT_X86_XSTATE = 0x202;
export const AUDIT_ARCH_X86_64 = 0xc000_003e;

/** struct user_regs_struct: 27 words. */
export const UserRegsLayout = layout('user_regs_struct', 216, {
  r15: [0, 'b64'],
  r14: [8, 'b64'],
  r13: [16, 'b64'],
  r12: [24, 'b64'],
  rbp: [32, 'b64'],
  rbx: [40, 'b64'],
  r11: [48, 'b64'],
  r10: [56, 'b64'],
  r9: [64, 'b64'],
  r8: [72, 'b64'],
  rax: [80, 'b64'],
  rcx: [88, 'b64'],
  rdx: [96, 'b64'],
  rsi: [104, 'b64'],
  rdi: [112, 'b64'],
  origRax: [120, 'b64'],
  rip: [128, 'b64'],
  cs: [136, 'b64'],
  eflags: [144, 'b64'],
  rsp: [152, 'b64'],
  ss: [160, 'b64'],
  fsBase: [168, 'b64'],
  gsBase: [176, 'b64'],
  ds: [184, 'b64'],
  es: [192, 'b64'],
  fs: [200, 'b64'],
  gs: [208, 'b64'],
});

export const PTRACE_SYSCALL_INFO_NONE = 0;
export const PTRACE_SYSCALL_INFO_ENTRY = 1;
export const PTRACE_SYSCALL_INFO_EXIT = 2;
/** struct ptrace_syscall_info; `first` is the call's number (entry) or its result (exit). */
export const PtraceSyscallInfoLayout = layout('ptrace_syscall_info', 88, {
  op: [0, 'u8'],
  arch: [4, 'u32'],
  instructionPointer: [8, 'u64'],
  stackPointer: [16, 'u64'],
  first: [24, 'b64'],
  arg0: [32, 'b64'],
  arg1: [40, 'b64'],
  arg2: [48, 'b64'],
  arg3: [56, 'b64'],
  arg4: [64, 'b64'],
  arg5: [72, 'b64'],
});

/** struct ptrace_peeksiginfo_args */
export const PeekSignalsLayout = layout('ptrace_peeksiginfo_args', 16, {
  offset: [0, 'u64'],
  flags: [8, 'u32'],
  count: [12, 'i32'],
});

/** struct ptrace_rseq_configuration */
export const PtraceRseqLayout = layout('ptrace_rseq_configuration', 24, {
  area: [0, 'u64'],
  length: [8, 'u32'],
  signature: [12, 'u32'],
});
