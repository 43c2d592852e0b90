// sigsuspend(2) changes the mask and sleeps as one act; the old mask is back after the handler.
#include "check.h"

static volatile int calls;

static void handler(int number) {
  sigset_t now;
  sigprocmask(0, NULL, &now);
  printf("handler %d: SIGUSR1 %d SIGUSR2 %d blocked\n", ++calls, sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
}

int main(void) {
  sigset_t one, two, now;
  signal(SIGUSR1, handler);
  sigemptyset(&one);
  sigemptyset(&two);
  sigaddset(&one, SIGUSR1);
  sigaddset(&two, SIGUSR2);
  sigprocmask(SIG_BLOCK, &one, NULL);
  raise(SIGUSR1);
  SHOW(sigsuspend(&two));
  sigprocmask(0, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
  pid_t self = getpid(), child = fork();
  if (child == 0) {
    usleep(10000);
    kill(self, SIGUSR1);
    _exit(0);
  }
  SHOW(sigsuspend(&two));
  show_end("child", child);
  raise(SIGUSR1);
  SHOW(ppoll(NULL, 0, NULL, &two));
  raise(SIGUSR1);
  SHOW(pselect(0, NULL, NULL, NULL, NULL, &two));
  raise(SIGUSR1);
  SHOW(ppoll(NULL, 0, &(struct timespec){0, 0}, &one));
  CHECK(calls == 4);
}
