// Stopped and continued children are news, each once: waitpid(2) WUNTRACED, WCONTINUED, WNOHANG.
#include "check.h"

static void news(pid_t child, int options) {
  int status;
  pid_t found = waitpid(child, &status, options);
  if (found == 0) puts("no news");
  else if (found == -1) puts(strerrorname_np(errno));
  else if (WIFSTOPPED(status)) printf("stopped by %s, status %x\n", sigabbrev_np(WSTOPSIG(status)), status);
  else if (WIFCONTINUED(status)) printf("continued, status %x\n", status);
  else if (WIFSIGNALED(status)) printf("ended by %s\n", sigabbrev_np(WTERMSIG(status)));
  else printf("exited with %d\n", WEXITSTATUS(status));
}

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    raise(SIGSTOP);
    for (;;) pause();
  }
  news(child, WUNTRACED);
  news(child, WUNTRACED | WNOHANG);
  kill(child, SIGCONT);
  news(child, WCONTINUED);
  news(child, WUNTRACED);
  news(child, WCONTINUED | WNOHANG | WUNTRACED);
  kill(child, SIGKILL);
  news(child, WUNTRACED | WCONTINUED);
  news(child, 0);
  news(-1, WNOHANG);
  SHOW(waitpid(-1, NULL, 0x100));
  SHOW(waitpid(INT_MIN, NULL, 0));
}
