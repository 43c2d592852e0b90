// A user may have so many processes, threads included: RLIMIT_NPROC, fork(2) EAGAIN.
#include "check.h"

int main(void) {
  if (getuid() != 0) {
    puts("needs root"); /* only a user of whom nothing else runs has a number that is known */
    return 0;
  }
  setrlimit(RLIMIT_NPROC, &(struct rlimit){5, 5});
  MUST(setresuid(54322, 54322, 54322));
  int n = 0;
  pid_t child;
  while ((child = fork()) > 0) n++;
  if (child == 0) {
    pause();
    _exit(0);
  }
  printf("%d children, then %s\n", n, strerrorname_np(errno));
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  pthread_t thread;
  while (wait(NULL) > 0) {}
  printf("a thread: %d\n", pthread_create(&thread, NULL, (void *(*)(void *))pause, NULL));
}
