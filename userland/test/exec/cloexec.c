// Descriptors marked close-on-exec are gone after exec, the others stay: open(2) O_CLOEXEC, fcntl(2) FD_CLOEXEC.
#include "check.h"

int main(int argc, char **argv) {
  if (argc > 1) {
    for (int fd = 10; fd < 18; fd++) printf("%d %s\n", fd, fcntl(fd, F_GETFD) == -1 ? "closed" : "open");
    return 0;
  }
  int pipes[2];
  dup2(1, 10);
  dup3(1, 11, O_CLOEXEC);
  dup2(open("/", O_RDONLY | O_CLOEXEC), 12);
  fcntl(1, F_DUPFD_CLOEXEC, 13);
  fcntl(1, F_DUPFD, 14);
  MUST(pipe2(pipes, O_CLOEXEC));
  dup2(pipes[0], 15);
  fcntl(15, F_SETFD, FD_CLOEXEC);
  dup2(15, 16);
  dup2(1, 17);
  ioctl(17, FIOCLEX);
  SHOW(fcntl(11, F_GETFD));
  SHOW(fcntl(16, F_GETFD));
  SHOW(fcntl(17, F_GETFD));
  SHOW(dup3(1, 1, O_CLOEXEC));
  SHOW(dup3(1, 20, O_APPEND));
  execl("/proc/self/exe", "after", "x", NULL);
}
