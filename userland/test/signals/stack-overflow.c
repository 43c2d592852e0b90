// Endless recursion is a SIGSEGV, which a handler on another stack can see and survive: sigaltstack(2).
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;
static char *lowest;

static void handler(int number, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  printf("code %d, near the stack pointer: %d\n", info->si_code,
         (unsigned long)info->si_addr + 65536 > (unsigned long)u->uc_mcontext.gregs[REG_RSP] - 65536);
  siglongjmp(place, 1);
}

__attribute__((noinline)) static int recurse(int depth) {
  volatile char frame[1000];
  frame[0] = depth;
  lowest = (char *)frame;
  return recurse(depth + 1) + frame[0];
}

static void without_handler(void) {
  signal(SIGSEGV, SIG_DFL);
  recurse(0);
}

static void with_handler_on_the_same_stack(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  recurse(0);
}

int main(void) {
  char here;
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&(stack_t){.ss_sp = malloc(65536), .ss_size = 65536}, NULL);
  sigaction(SIGSEGV, &action, NULL);
  for (int i = 0; i < 3; i++)
    if (sigsetjmp(place, 1) == 0) recurse(0);
  CHECK(&here - lowest > 7 << 20);
  CHECK(&here - lowest <= 8 << 20);
  in_child("without a handler", without_handler);
  in_child("with a handler on the same stack", with_handler_on_the_same_stack);
}
