/** What lies on the stack while a handler runs: asm/sigcontext.h, asm/ucontext.h, struct rt_sigframe of x86-64. */
import { layout } from './layout.ts';

/** Offsets in struct rt_sigframe. */
export const FRAME_RESTORER = 0;
export const FRAME_UCONTEXT = 8;
export const FRAME_SIGINFO = 312;
export const FRAME_SIZE = 440;

/** Offsets in struct ucontext. */
export const UC_STACK = 16;
export const UC_MCONTEXT = 40;
export const UC_SIGMASK = 296;
export const UC_SIZE = 304;

/** uc_flags: the frame has the full SS; it is to be restored exactly. */
export const UC_SIGCONTEXT_SS = 2;
export const UC_STRICT_RESTORE_SS = 4;

/** The state of x87 and SSE as FXSAVE writes it. */
export const FXSAVE_SIZE = 512;
export const FXSAVE_FCW = 0;
export const FXSAVE_MXCSR = 24;
/** The last 48 bytes are software's; without XSAVE all zero. */
export const FXSAVE_SOFTWARE = 464;

/** struct sigcontext */
export const SigcontextLayout = layout('sigcontext', 256, {
  r8: [0, 'b64'],
  r9: [8, 'b64'],
  r10: [16, 'b64'],
  r11: [24, 'b64'],
  r12: [32, 'b64'],
  r13: [40, 'b64'],
  r14: [48, 'b64'],
  r15: [56, 'b64'],
  rdi: [64, 'b64'],
  rsi: [72, 'b64'],
  rbp: [80, 'b64'],
  rbx: [88, 'b64'],
  rdx: [96, 'b64'],
  rax: [104, 'b64'],
  rcx: [112, 'b64'],
  rsp: [120, 'b64'],
  rip: [128, 'b64'],
  eflags: [136, 'u64'],
  cs: [144, 'u16'],
  gs: [146, 'u16'],
  fs: [148, 'u16'],
  ss: [150, 'u16'],
  error: [152, 'u64'],
  trap: [160, 'u64'],
  oldMask: [168, 'b64'],
  cr2: [176, 'b64'],
  fpstate: [184, 'u64'],
});

/** Selectors of user code and data. */
export const USER_CS = 0x33;
export const USER_DS = 0x2b;
