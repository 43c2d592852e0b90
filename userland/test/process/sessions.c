// Sessions and process groups, and what may not be made: setsid(2), setpgid(2), getsid(2).
#include "check.h"

int main(void) {
  CHECK(getsid(0) == getpid());
  CHECK(getpgrp() == getpid());
  SHOW(setsid());
  SHOW(setpgid(0, 0));
  SHOW(setpgid(0, -1));
  SHOW(setpgid(999999999, 0));
  SHOW(getpgid(999999999));
  int go[2];
  MUST(pipe(go));
  pid_t child = fork();
  if (child == 0) {
    char byte;
    close(go[1]);
    read(go[0], &byte, 1);
    CHECK(getpgrp() == getpid());
    CHECK(getsid(0) == getppid());
    SHOW(setpgid(0, 1));
    pid_t session = fork();
    if (session == 0) {
      CHECK(setsid() == getpid());
      CHECK(getsid(0) == getpid());
      CHECK(getpgrp() == getpid());
      SHOW(setpgid(getppid(), 0));
      exit(0);
    }
    show_end("new session", session);
    exit(0);
  }
  SHOW(setpgid(child, child));
  CHECK(getpgid(child) == child);
  close(go[0]);
  close(go[1]);
  show_end("child", child);
}
