// A counter that can be waited for, with or without the meaning of a semaphore: eventfd(2).
#include "check.h"
#include <sys/eventfd.h>

int main(void) {
  uint64_t n;
  int fd = eventfd(3, EFD_NONBLOCK);
  n = 4;
  SHOW(write(fd, &n, 8));
  SHOW(read(fd, &n, 8));
  printf("%lu\n", (unsigned long)n);
  SHOW(read(fd, &n, 8));
  SHOW(read(fd, &n, 4));
  n = -1;
  SHOW(write(fd, &n, 8));
  n = -2;
  SHOW(write(fd, &n, 8));
  n = 1;
  SHOW(write(fd, &n, 8));
  struct pollfd p = {fd, POLLIN | POLLOUT, 0};
  SHOW(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  int s = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  for (int i = 0; i < 3; i++) {
    n = 0;
    SHOW(read(s, &n, 8));
    printf("%lu\n", (unsigned long)n);
  }
  SHOW(eventfd(0, 4));
  SHOW(write(s, &n, 7));
  int shared = eventfd(0, 0);
  pid_t child = fork();
  if (child == 0) {
    usleep(5000);
    n = 42;
    write(shared, &n, 8);
    exit(0);
  }
  SHOW(read(shared, &n, 8));
  printf("%lu\n", (unsigned long)n);
  show_end("child", child);
}
