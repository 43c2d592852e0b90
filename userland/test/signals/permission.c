// Who may send signals to whom: kill(2) EPERM.
#include "check.h"

static void as_other(void) {
  pid_t parent = getppid();
  if (setresgid(4321, 4321, 4321) == -1 || setresuid(4321, 4321, 4321) == -1) {
    puts("needs root");
    return;
  }
  SHOW(kill(parent, 0));
  SHOW(kill(parent, SIGTERM));
  SHOW(kill(1, 0));
  SHOW(kill(getpid(), 0));
  pid_t child = fork();
  if (child == 0) pause();
  SHOW(kill(child, SIGTERM));
  show_end("own child", child);
  siginfo_t info = {.si_code = SI_USER};
  SHOW(syscall(SYS_rt_sigqueueinfo, parent, SIGTERM, &info));
}

int main(void) { in_child("another user", as_other); }
