// Signals are read from a descriptor instead of handled: signalfd(2).
#include "check.h"
#include <sys/signalfd.h>

int main(void) {
  sigset_t set;
  struct signalfd_siginfo info[4];
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int fd = signalfd(-1, &set, SFD_NONBLOCK);
  SHOW(read(fd, info, sizeof info));
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5});
  kill(getpid(), SIGUSR1);
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 6});
  struct pollfd p = {fd, POLLIN, 0};
  SHOW(poll(&p, 1, 0));
  SHOW(read(fd, info, sizeof info));
  for (int i = 0; i < 3; i++)
    printf("signal %s, code %d, value %d, own %d\n", info[i].ssi_signo == SIGUSR1 ? "USR1" : "RTMIN", info[i].ssi_code,
           info[i].ssi_int, info[i].ssi_pid == (unsigned)getpid());
  pid_t child = fork();
  if (child == 0) _exit(3);
  SHOW(poll(&p, 1, 5000));
  SHOW(read(fd, info, sizeof info[0]));
  printf("child: status %d, code %d, its pid %d\n", info[0].ssi_status, info[0].ssi_code, info[0].ssi_pid == (unsigned)child);
  show_end("child", child);
  sigdelset(&set, SIGUSR1);
  SHOW(signalfd(fd, &set, 0) == fd);
  kill(getpid(), SIGUSR1);
  SHOW(read(fd, info, sizeof info));
  SHOW(read(fd, info, 10));
  SHOW(signalfd(1, &set, 0));
  SHOW(signalfd(-1, &set, 77));
}
