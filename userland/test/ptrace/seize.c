// Attached without a stop, interrupted, told of forks and of what was executed: ptrace(2) PTRACE_SEIZE.
#include "check.h"
#include <sys/ptrace.h>

int main(int argc, char **argv) {
  if (argc > 1) return 9;
  int go[2], status;
  pipe(go);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    read(go[0], &byte, 1);
    pid_t grandchild = fork();
    if (grandchild == 0) _exit(3);
    waitpid(grandchild, NULL, 0);
    execl("/proc/self/exe", "x", "y", NULL);
  }
  SHOW(ptrace(PTRACE_SEIZE, child, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC));
  SHOW(ptrace(PTRACE_INTERRUPT, child, 0, 0));
  waitpid(child, &status, 0);
  printf("%x\n", status >> 8);
  SHOW(ptrace(PTRACE_CONT, child, 0, 0));
  write(go[1], "x", 1);
  pid_t grandchild = 0, found;
  for (int ended = 0; ended < 2;) {
    found = waitpid(-1, &status, __WALL);
    if (found == -1) break;
    const char *who = found == child ? "child" : "grandchild";
    if (WIFEXITED(status)) {
      ended++;
      if (found == child) printf("child exited with %d\n", WEXITSTATUS(status));
      continue;
    }
    int event = status >> 16;
    if (event == PTRACE_EVENT_FORK) {
      unsigned long pid;
      ptrace(PTRACE_GETEVENTMSG, child, 0, &pid);
      grandchild = (pid_t)pid;
      printf("%s forked\n", who);
    } else if (event == PTRACE_EVENT_EXEC) {
      printf("%s executed\n", who);
    }
    ptrace(PTRACE_CONT, found, 0, event == 0 && WSTOPSIG(status) != SIGTRAP ? WSTOPSIG(status) : 0);
  }
  CHECK(grandchild > 0);
}
