// Who ignores SIGCHLD, or says SA_NOCLDWAIT, has no zombies: wait(2) sleeps until all are gone, then ECHILD.
#include "check.h"

static volatile int calls;
static void count(int number) { calls++; }

static void try(const char *what) {
  for (int i = 0; i < 3; i++) {
    if (fork() == 0) {
      usleep(10000 * i);
      _exit(i);
    }
  }
  printf("%s: wait gives ", what);
  int n = wait(NULL);
  printf("%s, handler called: %s\n", n == -1 ? strerrorname_np(errno) : "a child", calls > 0 ? "yes" : "no");
  while (wait(NULL) > 0) {}
}

int main(void) {
  try("default");
  signal(SIGCHLD, SIG_IGN);
  try("ignored");
  struct sigaction action = {.sa_handler = count, .sa_flags = SA_NOCLDWAIT | SA_RESTART};
  sigaction(SIGCHLD, &action, NULL);
  try("SA_NOCLDWAIT");
  calls = 0;
  action.sa_flags = SA_RESTART;
  sigaction(SIGCHLD, &action, NULL);
  try("handler");
}
