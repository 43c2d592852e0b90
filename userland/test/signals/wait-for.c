// Signals are taken without handlers: sigwaitinfo(2), sigtimedwait(2), sigwait(3).
#include "check.h"

int main(void) {
  sigset_t set;
  siginfo_t info;
  int number;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, NULL);
  SHOW(sigtimedwait(&set, &info, &(struct timespec){0, 0}));
  SHOW(sigtimedwait(&set, &info, &(struct timespec){0, 20000000}));
  SHOW(sigtimedwait(&set, &info, &(struct timespec){0, -1}));
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 1});
  raise(SIGUSR1);
  sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 2});
  CHECK(sigwaitinfo(&set, &info) == SIGUSR1);
  CHECK(info.si_code == SI_TKILL);
  CHECK(sigwaitinfo(&set, &info) == SIGRTMIN);
  CHECK(info.si_value.sival_int == 1);
  CHECK(sigwait(&set, &number) == 0 && number == SIGRTMIN);
  pid_t child = fork();
  if (child == 0) {
    usleep(10000);
    _exit(12);
  }
  CHECK(sigwaitinfo(&set, &info) == SIGCHLD);
  CHECK(info.si_pid == child && info.si_status == 12 && info.si_code == CLD_EXITED);
  show_end("child", child);
  SHOW(sigtimedwait(&set, &info, &(struct timespec){0, 0}));
}
