// A signal for the process goes to a thread that does not block it; one for a thread to that thread alone: signal(7).
#include "check.h"

static volatile int who[2];
static volatile int go;
static __thread int number_of_thread;

static void handler(int number) { who[number == SIGUSR2] = number_of_thread; }

static void *other(void *unused) {
  sigset_t set;
  number_of_thread = 2;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  go = 1;
  while (who[0] == 0 || who[1] == 0) usleep(1000);
  return NULL;
}

int main(void) {
  sigset_t set, pending;
  number_of_thread = 1;
  signal(SIGUSR1, handler);
  signal(SIGUSR2, handler);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, other, NULL);
  while (!go) usleep(1000);
  pthread_kill(pthread_self(), SIGUSR1);
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGUSR1));
  CHECK(who[0] == 0);
  kill(getpid(), SIGUSR1);
  while (who[0] == 0) usleep(1000);
  printf("for the process: thread %d\n", who[0]);
  pthread_kill(thread, SIGUSR2);
  while (who[1] == 0) usleep(1000);
  printf("for a thread: thread %d\n", who[1]);
  pthread_join(thread, NULL);
  who[0] = 0;
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  printf("unblocked: thread %d\n", who[0]);
  SHOW(syscall(SYS_tgkill, getpid(), 999999999, 0));
  SHOW(syscall(SYS_tgkill, -1, 1, 0));
}
