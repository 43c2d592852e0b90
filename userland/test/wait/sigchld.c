// SIGCHLD says what happened to which child; SA_NOCLDSTOP leaves out stops: sigaction(2).
#include "check.h"

static volatile int calls, code, status;
static volatile pid_t from;

static void handler(int number, siginfo_t *info, void *context) {
  calls++;
  code = info->si_code;
  status = info->si_status;
  from = info->si_pid;
}

static void next(const char *what, pid_t child, int expected) {
  for (int i = 0; i < 8000 && calls < expected; i++) usleep(1000);
  printf("%s: %d calls, code %d, status %d, from the child: %d\n", what, calls, code, status, from == child);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGCHLD, &action, NULL);
  pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  kill(child, SIGSTOP);
  next("stopped", child, 1);
  kill(child, SIGCONT);
  next("continued", child, 2);
  kill(child, SIGTERM);
  next("killed", child, 3);
  wait(NULL);
  action.sa_flags |= SA_NOCLDSTOP;
  sigaction(SIGCHLD, &action, NULL);
  child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    _exit(6);
  }
  waitpid(child, NULL, WUNTRACED);
  kill(child, SIGCONT);
  next("exited", child, 4);
  wait(NULL);
}
