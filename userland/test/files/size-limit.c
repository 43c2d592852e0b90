// A file grows up to RLIMIT_FSIZE, then comes SIGXFSZ, or EFBIG: setrlimit(2).
#include "check.h"

static void handler(int number) { printf("%s\n", sigabbrev_np(number)); }

static void writes(void) {
  int fd = open("g", O_WRONLY | O_CREAT, 0644);
  pwrite(fd, "x", 1, 1000);
}

int main(void) {
  char text[600] = {0};
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, RLIM_INFINITY});
  SHOW(write(fd, text, 600));
  SHOW(write(fd, text, 600));
  in_child("writer", writes);
  signal(SIGXFSZ, handler);
  SHOW(write(fd, text, 600));
  SHOW(ftruncate(fd, 2000));
  SHOW(fallocate(fd, 0, 0, 2000));
  SHOW(pwrite(fd, text, 10, 995));
  SHOW(pwrite(fd, text, 0, 5000));
  SHOW(ftruncate(fd, 10));
  signal(SIGXFSZ, SIG_IGN);
  SHOW(pwrite(fd, text, 10, 1000));
  int pipes[2];
  pipe(pipes);
  char big[3000];
  SHOW(write(pipes[1], big, 3000)); /* not for pipes */
}
