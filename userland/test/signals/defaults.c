// What each signal does to a process that did nothing about it: signal(7).
#include "check.h"

int main(void) {
  for (int number = 1; number < 32; number++) {
    pid_t child = fork();
    if (child == 0) {
      raise(number);
      _exit(0);
    }
    int status;
    waitpid(child, &status, WUNTRACED);
    printf("%2d %-6s ", number, sigabbrev_np(number));
    if (WIFEXITED(status)) puts("nothing");
    else if (WIFSIGNALED(status)) puts("end");
    else {
      puts("stop");
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
    }
  }
  for (int number = SIGRTMIN; number <= SIGRTMAX; number += SIGRTMAX - SIGRTMIN) {
    pid_t child = fork();
    if (child == 0) raise(number);
    show_end("real-time", child);
  }
}
