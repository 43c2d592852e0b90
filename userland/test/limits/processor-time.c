// Who uses more processor time than RLIMIT_CPU gets SIGXCPU at the soft limit, and SIGKILL at the hard one: setrlimit(2).
#include "check.h"

static volatile int warned;
static void handler(int number) { warned++; }

static void is_warned(void) {
  signal(SIGXCPU, handler);
  setrlimit(RLIMIT_CPU, &(struct rlimit){1, RLIM_INFINITY});
  while (!warned) {}
  puts("warned");
  setrlimit(RLIMIT_CPU, &(struct rlimit){1, 1});
  for (;;) {}
}

int main(void) {
  in_child("with a handler", is_warned);
}
