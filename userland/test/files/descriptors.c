// The lowest free descriptor is used, up to RLIMIT_NOFILE; dup2 replaces: dup(2), fcntl(2), getrlimit(2).
#include "check.h"

int main(void) {
  SHOW(dup(1));
  SHOW(dup(1));
  SHOW(dup2(1, 10));
  SHOW(close(3));
  SHOW(open("/", O_RDONLY));
  SHOW(fcntl(1, F_DUPFD, 8));
  SHOW(fcntl(1, F_DUPFD, 8));
  SHOW(fcntl(1, F_DUPFD, 8));
  SHOW(dup2(1, 1));
  SHOW(dup2(77, 77));
  SHOW(dup2(77, 5));
  SHOW(dup2(1, -1));
  SHOW(dup3(1, 30, O_CLOEXEC));
  SHOW(fcntl(30, F_GETFD));
  SHOW(fcntl(77, F_GETFD));
  SHOW(fcntl(1, 9999));
  SHOW(close(77));
  SHOW(close(-1));
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){12, 100}));
  SHOW(dup(1));
  SHOW(dup(1));
  SHOW(dup(1));
  SHOW(dup(1));
  SHOW(dup2(1, 12));
  SHOW(fcntl(1, F_DUPFD, 12));
  SHOW(fcntl(1, F_DUPFD, 11));
  SHOW(fcntl(30, F_GETFD)); /* those beyond stay open */
  int pipes[2];
  SHOW(pipe(pipes));
  SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){200, 100}));
}
