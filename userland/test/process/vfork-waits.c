// The parent of a vfork goes on when its child has ended; both use the same memory: vfork(2).
#include "check.h"

static volatile int order, seen;

int main(void) {
  pid_t child = vfork();
  if (child == 0) {
    usleep(20000);
    seen = ++order;
    _exit(3);
  }
  printf("child was %d, parent comes as %d\n", seen, ++order);
  show_end("child", child);
}
