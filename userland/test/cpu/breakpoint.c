// int3 is SIGTRAP with the address after it; a debugger in the own process can put it anywhere: signal(7).
#include "check.h"

static volatile int hits;
static unsigned char saved;
static unsigned char *at;

static void handler(int number, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  hits++;
  printf("%s, code %d, one after: %d\n", sigabbrev_np(number), info->si_code, (unsigned char *)r[REG_RIP] == at + 1);
  *at = saved;
  r[REG_RIP]--;
}

__attribute__((noinline)) static int function(int x) {
  asm volatile("");
  return x * 3 + 1;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  at = (unsigned char *)function;
  long page = (long)at & -4096L;
  SHOW(mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC));
  saved = *at;
  for (int i = 0; i < 3; i++) {
    *at = 0xcc;
    printf("%d\n", function(i));
  }
  CHECK(hits == 3);
}
