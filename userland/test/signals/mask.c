// A blocked signal waits, once, and comes when it is unblocked: sigprocmask(2), sigpending(2).
#include "check.h"

static void handler(int number) { printf("handler of %s\n", sigabbrev_np(number)); }

int main(void) {
  sigset_t set, old, pending;
  signal(SIGUSR1, handler);
  signal(SIGUSR2, handler);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGKILL);
  SHOW(sigprocmask(SIG_BLOCK, &set, NULL));
  raise(SIGUSR2);
  raise(SIGUSR1);
  raise(SIGUSR1);
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGUSR1));
  CHECK(sigismember(&pending, SIGUSR2));
  sigprocmask(SIG_SETMASK, NULL, &old);
  CHECK(!sigismember(&old, SIGKILL));
  puts("unblocking SIGUSR1");
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  puts("ignoring SIGUSR2 forgets it");
  signal(SIGUSR2, SIG_IGN);
  sigpending(&pending);
  CHECK(!sigismember(&pending, SIGUSR2));
  SHOW(sigprocmask(7, &set, NULL));
  SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
  SHOW(sigaction(SIGKILL, &(struct sigaction){.sa_handler = SIG_IGN}, NULL));
  SHOW(sigaction(SIGSTOP, NULL, &(struct sigaction){0}));
  SHOW(sigaction(65, NULL, NULL));
}
