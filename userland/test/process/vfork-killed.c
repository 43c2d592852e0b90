// A vfork(2) child that neither executes nor exits: killed, or its parent is; and one that spawns threads and forks.
#include "check.h"

static volatile int *shared;

static void wait_in_vfork(void) {
  if (vfork() == 0) {
    shared[0] = getpid();
    for (;;) pause();
  }
  _exit(3);
}
static void compute_in_vfork(void) {
  if (vfork() == 0) {
    shared[0] = getpid();
    for (;;) shared[1]++;
  }
  _exit(4);
}

int main(void) {
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
  void (*const functions[])(void) = {wait_in_vfork, compute_in_vfork};
  for (int i = 0; i < 4; i++) {
    shared[0] = 0;
    pid_t child = fork();
    if (child == 0) functions[i % 2]();
    while (shared[0] == 0) usleep(1000);
    if (i < 2) {
      MUST(kill(shared[0], SIGKILL));
      show_end("the parent, after its child was killed,", child);
    } else {
      /* a parent that waits for its vfork child can be killed */
      MUST(kill(child, SIGKILL));
      show_end("the parent", child);
      MUST(kill(shared[0], SIGKILL));
      show_end("the child, now an orphan,", shared[0]);
    }
  }
  pid_t child = vfork();
  if (child == 0) {
    pid_t inner = fork();
    if (inner == 0) _exit(6);
    int status;
    waitpid(inner, &status, 0);
    _exit(WEXITSTATUS(status) + 1);
  }
  show_end("a child that forks", child);
  child = vfork();
  if (child == 0) {
    pid_t inner = vfork();
    if (inner == 0) {
      pid_t innermost = vfork();
      if (innermost == 0) _exit(1);
      _exit(2);
    }
    _exit(3);
  }
  show_end("vfork in vfork in vfork", child);
  child = vfork();
  if (child == 0) {
    *(volatile int *)0 = 1;
    _exit(0);
  }
  show_end("a child that faults", child);
}
