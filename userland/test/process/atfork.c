// The functions of pthread_atfork(3) run around fork: prepare in reverse order, parent and child in order.
#include "check.h"

static void p1(void) { puts("prepare 1"); }
static void p2(void) { puts("prepare 2"); }
static void c1(void) { puts("child 1"); }
static void c2(void) { puts("child 2"); }
static void q1(void) {}

int main(void) {
  pthread_atfork(p1, q1, c1);
  pthread_atfork(p2, q1, c2);
  pid_t child = fork();
  if (child == 0) exit(0);
  show_end("child", child);
  child = _Fork();
  if (child == 0) _exit(1);
  show_end("child of _Fork", child);
}
