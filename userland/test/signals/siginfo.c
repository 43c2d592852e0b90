// What a handler is told of where a signal came from: sigaction(2) SA_SIGINFO.
#include "check.h"

static void handler(int number, siginfo_t *info, void *context) {
  printf("%s: code %d", sigabbrev_np(number), info->si_code);
  if (info->si_code <= 0) printf(", from self: %d, uid own: %d", info->si_pid == getpid(), info->si_uid == getuid());
  if (info->si_code == SI_QUEUE) printf(", value %d", info->si_value.sival_int);
  puts("");
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  sigaction(SIGPIPE, &action, NULL);
  kill(getpid(), SIGUSR1);
  raise(SIGUSR1);
  syscall(SYS_tkill, syscall(SYS_gettid), SIGUSR1);
  sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 1234});
  pthread_sigqueue(pthread_self(), SIGUSR1, (union sigval){.sival_int = -5});
  ualarm(1000, 0);
  pause();
  int pipes[2];
  pipe(pipes);
  close(pipes[0]);
  SHOW(write(pipes[1], "x", 1));
  siginfo_t forged = {.si_code = SI_TKILL};
  SHOW(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &forged));
  SHOW(sigqueue(getpid(), 65, (union sigval){0}));
  SHOW(kill(getpid(), -1));
  SHOW(kill(999999999, 0));
  SHOW(kill(0, 0));
}
