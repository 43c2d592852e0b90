// Children can be waited for by process group: waitpid(2) with 0 and with a negative number.
#include "check.h"

int main(void) {
  pid_t leader = fork();
  if (leader == 0) {
    setpgid(0, 0);
    pause();
  }
  setpgid(leader, leader);
  pid_t other = fork();
  if (other == 0) {
    setpgid(0, leader);
    _exit(1);
  }
  setpgid(other, leader);
  pid_t same = fork();
  if (same == 0) _exit(2);
  int status;
  CHECK(waitpid(0, &status, 0) == same);
  CHECK(WEXITSTATUS(status) == 2);
  SHOW(waitpid(0, &status, 0));
  CHECK(waitpid(-leader, &status, 0) == other);
  CHECK(WEXITSTATUS(status) == 1);
  SHOW(waitpid(-leader, &status, WNOHANG));
  SHOW(kill(-leader, SIGTERM));
  CHECK(waitpid(-leader, &status, 0) == leader);
  CHECK(WTERMSIG(status) == SIGTERM);
  SHOW(waitpid(-leader, &status, 0));
  SHOW(kill(-leader, SIGTERM));
}
