// Several pending signals are taken lowest first; their handlers stack, so the highest runs first: signal(7).
#include "check.h"

static void handler(int number, siginfo_t *info, void *context) {
  printf("%d value %d\n", number, info->si_value.sival_int);
}

int main(void) {
  sigset_t all;
  sigfillset(&all);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigprocmask(SIG_BLOCK, &all, NULL);
  puts("handlers that do not block each other");
  for (int n = SIGRTMIN; n < SIGRTMIN + 3; n++) sigaction(n, &action, NULL);
  for (int n = SIGRTMIN + 2; n >= SIGRTMIN; n--) sigqueue(getpid(), n, (union sigval){.sival_int = n});
  sigprocmask(SIG_UNBLOCK, &all, NULL);
  puts("handlers that block all");
  action.sa_mask = all;
  sigprocmask(SIG_BLOCK, &all, NULL);
  for (int n = SIGRTMIN; n < SIGRTMIN + 3; n++) sigaction(n, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  for (int i = 0; i < 3; i++)
    for (int n = SIGRTMIN + 2; n >= SIGRTMIN; n--) sigqueue(getpid(), n, (union sigval){.sival_int = i});
  sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 1});
  sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 2});
  sigprocmask(SIG_UNBLOCK, &all, NULL);
}
