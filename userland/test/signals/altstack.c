// Handlers run on another stack if they ask for it; nested ones stay on it: sigaltstack(2).
#include "check.h"
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char *stack;
static size_t size = 65536;

static int is_on_it(void *p) { return (char *)p >= stack && (char *)p < stack + size; }

static void handler(int number) {
  int local;
  stack_t now;
  sigaltstack(NULL, &now);
  printf("%s: on the other stack %d, SS_ONSTACK %d\n", sigabbrev_np(number), is_on_it(&local), now.ss_flags == SS_ONSTACK);
  if (number == SIGUSR1) {
    SHOW(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL));
    raise(SIGUSR2);
  }
}

int main(void) {
  stack = malloc(size);
  stack_t old;
  SHOW(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = size}, &old));
  CHECK(old.ss_flags == SS_DISABLE);
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  action.sa_flags = 0;
  sigaction(SIGHUP, &action, NULL);
  raise(SIGUSR1);
  raise(SIGHUP);
  SHOW(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = 100}, NULL));
  SHOW(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = size, .ss_flags = 77}, NULL));
  sigaltstack(NULL, &old);
  CHECK(old.ss_sp == stack && old.ss_size == size && old.ss_flags == 0);
  SHOW(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = size, .ss_flags = SS_AUTODISARM}, NULL));
  raise(SIGUSR2);
  sigaltstack(NULL, &old);
  CHECK(old.ss_flags == (int)SS_AUTODISARM);
  SHOW(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL));
  raise(SIGUSR2);
}
