// ^C and ^Z at the controlling terminal are signals for its foreground group; hanging up is SIGHUP: termios(3).
#include "check.h"
#include <termios.h>

static int ready[2];

static void starts(const char *name) {
  setsid();
  int fd = open(name, O_RDWR); /* the first terminal that a session leader opens becomes its own */
  CHECK(tcgetpgrp(fd) == getpid());
  CHECK(tcgetsid(fd) == getpid());
  write(ready[1], "x", 1);
  for (;;) pause();
}

int main(void) {
  char byte;
  pipe(ready);
  const char *keys = "\003\034\032";
  for (int i = 0; i < 4; i++) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master);
    unlockpt(master);
    pid_t child = fork();
    if (child == 0) {
      char name[64];
      strcpy(name, ptsname(master));
      close(master);
      if (i == 2) { /* an orphaned group would not stop: the stopping one is a child of the session leader */
        setsid();
        int fd = open(name, O_RDWR);
        pid_t job = fork();
        if (job == 0) {
          setpgid(0, 0);
          signal(SIGTTOU, SIG_IGN);
          tcsetpgrp(fd, getpid());
          write(ready[1], "x", 1);
          for (;;) pause();
        }
        int status;
        waitpid(job, &status, WUNTRACED);
        printf("job: stopped %d by %s\n", WIFSTOPPED(status), sigabbrev_np(WSTOPSIG(status)));
        kill(job, SIGKILL);
        exit(0);
      }
      starts(name);
    }
    read(ready[0], &byte, 1);
    if (i < 3) write(master, keys + i, 1);
    else close(master);
    show_end("child", child);
    close(master);
  }
}
