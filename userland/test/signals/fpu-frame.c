// The signal frame holds the floating-point state as fxsave stores it, and what is changed there is restored.
#include "check.h"

static void handler(int number, siginfo_t *info, void *context) {
  struct _libc_fpstate *f = ((ucontext_t *)context)->uc_mcontext.fpregs;
  printf("control word %x, mxcsr %x\n", f->cwd, f->mxcsr & 0xffc0);
  printf("xmm3 %x %x %x %x\n", f->_xmm[3].element[0], f->_xmm[3].element[1], f->_xmm[3].element[2], f->_xmm[3].element[3]);
  printf("top of the x87 stack: exponent %x, significand %x...\n", f->_st[0].exponent, f->_st[0].significand[3]);
  f->_xmm[3].element[2] = 0xabcdef;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  static const unsigned in[4] = {1, 2, 3, 4};
  unsigned out[4];
  long call = SYS_kill;
  asm volatile(
      "movdqu %2, %%xmm3\n\tfldl2e\n\tsyscall\n\tmovdqu %%xmm3, %0\n\tfstp %%st"
      : "=m"(out), "+a"(call)
      : "m"(in), "D"((long)getpid()), "S"((long)SIGUSR1)
      : "rcx", "r11", "xmm3", "memory");
  printf("%x %x %x %x\n", out[0], out[1], out[2], out[3]);
}
