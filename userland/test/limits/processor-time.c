// Who uses more processor time than RLIMIT_CPU gets SIGXCPU at the soft limit and SIGKILL at the hard one: setrlimit(2).
#include "check.h"

static volatile int warned;
static void handler(int number) { warned++; }

static void computes(void) {
  setrlimit(RLIMIT_CPU, &(struct rlimit){1, 3});
  for (;;) {}
}

static void is_warned(void) {
  signal(SIGXCPU, handler);
  setrlimit(RLIMIT_CPU, &(struct rlimit){1, RLIM_INFINITY});
  while (!warned) {}
  puts("warned");
}

int main(void) {
  in_child("without a handler", computes);
  in_child("with a handler", is_warned);
}
