// SIGCONT forgets pending stops, and stops forget a pending SIGCONT; it goes on even where blocked: signal(7).
#include "check.h"

int main(void) {
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGTSTP);
  sigaddset(&set, SIGCONT);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGTSTP);
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGTSTP));
  raise(SIGCONT);
  sigpending(&pending);
  CHECK(!sigismember(&pending, SIGTSTP));
  CHECK(sigismember(&pending, SIGCONT));
  raise(SIGTSTP);
  sigpending(&pending);
  CHECK(!sigismember(&pending, SIGCONT));
  raise(SIGCONT);
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    sigpending(&pending);
    printf("continued although it is blocked, pending %d\n", sigismember(&pending, SIGCONT));
    exit(0);
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  CHECK(WIFSTOPPED(status));
  kill(child, SIGTERM); /* has to wait until it goes on */
  usleep(10000);
  SHOW(waitpid(child, NULL, WNOHANG));
  kill(child, SIGCONT);
  int s;
  waitpid(child, &s, 0);
  CHECK(WIFSIGNALED(s) || WIFEXITED(s));
}
