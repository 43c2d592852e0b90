// Processes held by descriptors: pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2), waitid(2) with P_PIDFD.
#include "check.h"

int main(void) {
  int ready[2];
  MUST(pipe(ready));
  pid_t child = fork();
  if (child == 0) {
    int fd = open("kept", O_RDWR | O_CREAT, 0644);
    dup2(fd, 50);
    write(50, "from the child", 14);
    write(ready[1], "r", 1);
    pause();
  }
  char byte, text[20] = {0};
  read(ready[0], &byte, 1);
  int pidfd = MUST(syscall(SYS_pidfd_open, child, 0));
  CHECK((fcntl(pidfd, F_GETFD) & FD_CLOEXEC) != 0);
  struct pollfd p = {pidfd, POLLIN, 0};
  SHOW(poll(&p, 1, 0));
  int fd = MUST(syscall(SYS_pidfd_getfd, pidfd, 50, 0));
  pread(fd, text, 19, 0);
  puts(text);
  SHOW(syscall(SYS_pidfd_getfd, pidfd, 51, 0));
  SHOW(syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
  SHOW(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0));
  SHOW(poll(&p, 1, 5000));
  siginfo_t info = {0};
  SHOW(waitid(P_PIDFD, pidfd, &info, WEXITED));
  CHECK(info.si_pid == child);
  CHECK(info.si_code == CLD_KILLED);
  SHOW(syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0));
  SHOW(syscall(SYS_pidfd_open, 999999999, 0));
  SHOW(syscall(SYS_pidfd_open, -1, 0));
  SHOW(syscall(SYS_pidfd_open, getpid(), 1));
  SHOW(waitid(P_PIDFD, fd, &info, WEXITED));
}
