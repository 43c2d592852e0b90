// Orphans go to the nearest ancestor that is a subreaper, which can wait for them: prctl(2) PR_SET_CHILD_SUBREAPER.
#include "check.h"

int main(void) {
  int is_reaper = -1;
  SHOW(prctl(PR_SET_CHILD_SUBREAPER, 1));
  SHOW(prctl(PR_GET_CHILD_SUBREAPER, &is_reaper));
  CHECK(is_reaper == 1);
  int pipes[2];
  MUST(pipe(pipes));
  pid_t self = getpid(), child = fork();
  if (child == 0) {
    if (fork() == 0) {
      while (getppid() != self) usleep(1000);
      write(pipes[1], "x", 1);
      exit(42);
    }
    exit(1);
  }
  show_end("child", child);
  char byte;
  SHOW(read(pipes[0], &byte, 1));
  int status;
  CHECK(wait(&status) > 0);
  CHECK(WEXITSTATUS(status) == 42);
  SHOW(wait(NULL));
}
