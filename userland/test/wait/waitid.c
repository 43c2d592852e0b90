// waitid(2) fills a siginfo_t, and with WNOWAIT leaves the child to be found again.
#include "check.h"

static void look(pid_t child, int options) {
  siginfo_t info;
  memset(&info, 0x55, sizeof info);
  int result = waitid(P_PID, child, &info, options);
  if (result == -1) printf("%s\n", strerrorname_np(errno));
  else if (info.si_pid == 0) printf("nothing: signo %d\n", info.si_signo);
  else
    printf("%s, code %d, status %d, pid %s, uid %s\n", sigabbrev_np(info.si_signo), info.si_code, info.si_status,
           info.si_pid == child ? "of the child" : "wrong", info.si_uid == getuid() ? "own" : "wrong");
}

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    exit(300);
  }
  look(child, WEXITED | WSTOPPED);
  look(child, WEXITED | WNOHANG);
  kill(child, SIGCONT);
  look(child, WEXITED | WNOWAIT);
  look(child, WCONTINUED | WEXITED | WNOWAIT);
  look(child, WSTOPPED | WNOHANG);
  look(child, WEXITED);
  look(child, WEXITED);
  look(child, 0);
  look(child, WNOHANG);
  child = fork();
  if (child == 0) raise(SIGSEGV);
  siginfo_t info;
  SHOW(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT));
  printf("killed or dumped: %d\n", info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
  printf("%d\n", info.si_status);
  SHOW(waitid(P_PGID, getpgrp(), NULL, WEXITED));
  SHOW(waitid(P_ALL, 0, &info, WEXITED));
  SHOW(waitid(9, 0, &info, WEXITED));
}
