// A thread may wait for children of other threads, but not with __WNOTHREAD: waitpid(2).
#include "check.h"

static pid_t child;

static void *waits(void *unused) {
  int status;
  SHOW(waitpid(child, NULL, __WNOTHREAD));
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WEXITSTATUS(status) == 9);
  pid_t own = fork();
  if (own == 0) _exit(8);
  CHECK(waitpid(own, &status, __WNOTHREAD) == own);
  own = fork();
  if (own == 0) {
    usleep(10000);
    _exit(7);
  }
  return NULL;
}

int main(void) {
  child = fork();
  if (child == 0) _exit(9);
  pthread_t thread;
  pthread_create(&thread, NULL, waits, NULL);
  pthread_join(thread, NULL);
  int status;
  CHECK(wait(&status) > 0); /* of a thread that is no more: others inherit it */
  CHECK(WEXITSTATUS(status) == 7);
}
