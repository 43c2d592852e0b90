// A range of descriptors is closed, or marked to be closed by exec; holes do not matter: close_range(2).
#include "check.h"

static void state(void) {
  for (int fd = 10; fd < 16; fd++) {
    int flags = fcntl(fd, F_GETFD);
    printf("%d %s\n", fd, flags == -1 ? "closed" : flags & FD_CLOEXEC ? "close-on-exec" : "open");
  }
}

int main(void) {
  for (int fd = 10; fd < 16; fd++) dup2(1, fd);
  SHOW(close_range(11, 11, 0));
  SHOW(close_range(13, 14, CLOSE_RANGE_CLOEXEC));
  state();
  SHOW(close_range(12, ~0U, 0));
  state();
  SHOW(close_range(5, 4, 0));
  SHOW(close_range(5, 6, 8));
  SHOW(close_range(3, ~0U, CLOSE_RANGE_UNSHARE));
  SHOW(fcntl(10, F_GETFD));
}
