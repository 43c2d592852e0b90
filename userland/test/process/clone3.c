// clone3(2): the structure, a pidfd, no signal at the end, and what is refused.
#include "check.h"
#include <linux/sched.h>

static long clone3(struct clone_args *arguments, size_t size) { return syscall(SYS_clone3, arguments, size); }

int main(void) {
  int pidfd = -1;
  struct clone_args a = {.flags = CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD};
  pid_t child = clone3(&a, sizeof a);
  if (child == 0) _exit(21);
  struct pollfd p = {pidfd, POLLIN, 0};
  SHOW(poll(&p, 1, 5000));
  show_end("child", child);
  close(pidfd);

  struct clone_args silent = {.exit_signal = 0};
  child = clone3(&silent, sizeof silent);
  if (child == 0) _exit(22);
  SHOW(waitpid(child, NULL, 0));
  int status;
  CHECK(waitpid(child, &status, __WCLONE) == child);
  CHECK(WEXITSTATUS(status) == 22);

  struct clone_args bad = {.exit_signal = 65};
  SHOW(clone3(&bad, sizeof bad));
  bad = (struct clone_args){.flags = CLONE_THREAD, .exit_signal = 0};
  SHOW(clone3(&bad, sizeof bad));
  bad = (struct clone_args){.stack = 4096, .exit_signal = SIGCHLD};
  SHOW(clone3(&bad, sizeof bad));
  bad = (struct clone_args){.flags = 0xff};
  SHOW(clone3(&bad, sizeof bad));
  bad = (struct clone_args){.flags = CLONE_SETTLS | CLONE_CLEAR_SIGHAND | CLONE_SIGHAND};
  SHOW(clone3(&bad, sizeof bad));
  SHOW(clone3(&a, 63));
  SHOW(clone3(&a, 5000));
  char longer[128] = {0};
  longer[127] = 1;
  SHOW(clone3((struct clone_args *)longer, sizeof longer));
}
