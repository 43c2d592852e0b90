// A child can ask for a signal at its parent's death; fork and set-id forget the wish: prctl(2) PR_SET_PDEATHSIG.
#include "check.h"

int main(void) {
  int pipes[2], go[2], value = -1;
  MUST(pipe(pipes));
  MUST(pipe(go));
  SHOW(prctl(PR_SET_PDEATHSIG, 65));
  SHOW(prctl(PR_SET_PDEATHSIG, SIGUSR1));
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_GET_PDEATHSIG, &value);
    printf("in a child: %d\n", value);
    if (fork() == 0) {
      sigset_t set;
      int number;
      sigemptyset(&set);
      sigaddset(&set, SIGUSR2);
      sigprocmask(SIG_BLOCK, &set, NULL);
      prctl(PR_SET_PDEATHSIG, SIGUSR2);
      write(pipes[1], "r", 1);
      sigwait(&set, &number);
      char turn;
      read(go[0], &turn, 1); /* the lines are to come in one order */
      printf("grandchild got %s\n", sigabbrev_np(number));
      exit(0);
    }
    char byte;
    read(pipes[0], &byte, 1);
    exit(0);
  }
  close(pipes[1]);
  show_end("child", child);
  write(go[1], "g", 1);
  char byte;
  SHOW(read(pipes[0], &byte, 1));
}
