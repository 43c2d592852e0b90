// Frames that nobody made are returned from: rt_sigreturn(2) of random bytes ends in a signal, never worse.
#include "check.h"

static unsigned state = 99;
static unsigned next(void) {
  state = state * 1103515245 + 12345;
  return state >> 8;
}

static unsigned char stack[65536] __attribute__((aligned(64)));

int main(void) {
  int ended = 0;
  for (int round = 0; round < 200; round++) {
    for (int i = 0; i < (int)sizeof stack; i += 2) memcpy(stack + i, &(short){(short)next()}, 2);
    struct ucontext_t *frame = (void *)(stack + 32768);
    if (round % 4 != 0) {
      /* mostly well formed */
      frame->uc_flags = round & 3;
      frame->uc_link = NULL;
      frame->uc_mcontext.fpregs = round % 3 == 0 ? NULL : (void *)(stack + 40960 + (round % 5 == 0 ? 3 : 0));
      if (round % 2 == 0) frame->uc_mcontext.gregs[REG_RIP] = (long)stack + round;
      frame->uc_mcontext.gregs[REG_CSGSFS] = 0x2b000000000033;
      memset(stack + 40960 + 24, 0, 8); /* MXCSR */
    }
    pid_t child = fork();
    if (child == 0) {
      struct rlimit cpu = {1, 1};
      setrlimit(RLIMIT_CPU, &cpu);
      asm volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall\n\tud2" : : "r"(frame) : "rax", "memory");
    }
    int status;
    waitpid(child, &status, 0);
    ended += WIFSIGNALED(status);
  }
  printf("%d ended by a signal\n", ended);
}
