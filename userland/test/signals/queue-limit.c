// No more signals are queued than RLIMIT_SIGPENDING; plain kill still gets through: sigqueue(3) EAGAIN.
#include "check.h"

int main(void) {
  sigset_t all, pending;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  if (getuid() != 0) {
    puts("needs root"); /* the count is of all processes of a user: it has to be one that has no other */
    return 0;
  }
  setgid(54321);
  MUST(setuid(54321));
  setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){5, 5});
  int queued = 0;
  while (sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0) queued++;
  printf("%d queued, then %s\n", queued, strerrorname_np(errno));
  SHOW(kill(getpid(), SIGUSR1));
  SHOW(kill(getpid(), SIGRTMIN + 1));
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGUSR1));
  siginfo_t info;
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGRTMIN);
  queued = 0;
  while (sigtimedwait(&one, &info, &(struct timespec){0, 0}) > 0) queued++;
  printf("%d taken\n", queued);
}
