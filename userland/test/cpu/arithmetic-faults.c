// Division errors and x87/SSE exceptions are SIGFPE with a code that says which: sigaction(2).
#include "check.h"
#include <fenv.h>
#include <setjmp.h>

static sigjmp_buf place;

static void handler(int number, siginfo_t *info, void *context) {
  printf("%s, code %d, at the instruction: %d\n", sigabbrev_np(number), info->si_code,
         info->si_addr == (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]);
  siglongjmp(place, 1);
}

#define TRY(what)                                \
  printf("%s: ", #what);                         \
  fflush(stdout);                                \
  if (sigsetjmp(place, 1) == 0) {                \
    what;                                        \
    puts("no signal");                           \
  } else {                                       \
    feclearexcept(FE_ALL_EXCEPT);                \
  }

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGFPE, &action, NULL);
  volatile int zero = 0, most = INT_MIN, minus = -1, r;
  volatile long lmost = LONG_MIN, lminus = -1;
  volatile double dzero = 0, big = 1e308, tiny = 1e-308, three = 3, d;
  volatile long double lzero = 0, lone = 1, l;
  TRY(r = 1 / zero);
  TRY(r = most / minus);
  TRY(lmost = lmost % lminus);
  TRY(asm volatile("mov $1, %%edx\n\tmov $0, %%eax\n\tmov $1, %%ecx\n\tdivq %%rcx" ::: "rax", "rcx", "rdx"));
  TRY(asm volatile("mov $0x1ff, %%ax\n\tmov $1, %%cl\n\tdivb %%cl" ::: "rax", "rcx"));
  TRY(d = 1 / dzero);
  feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW);
  TRY(d = 1 / dzero);
  TRY(d = dzero / dzero);
  TRY(d = big * big);
  TRY(d = tiny * tiny);
  TRY(d = 1 / three);
  TRY(l = lone / lzero; asm volatile("fwait"));
  feenableexcept(FE_INEXACT);
  TRY(d = 1 / three);
}
