// A background job that reads its terminal is stopped, or gets EIO if nobody could continue it: setpgid(2), termios(3).
#include "check.h"
#include <termios.h>

static int slave;

static void job(const char *what, void (*act)(void)) {
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, 0);
    act();
    exit(0);
  }
  int status;
  waitpid(child, &status, WUNTRACED);
  if (WIFSTOPPED(status)) {
    printf("%s: stopped by %s\n", what, sigabbrev_np(WSTOPSIG(status)));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  } else {
    printf("%s: went on\n", what);
  }
}

static void reads(void) {
  char c;
  SHOW(read(slave, &c, 1));
}
static void reads_ignoring(void) {
  signal(SIGTTIN, SIG_IGN);
  reads();
}
static void writes(void) { write(slave, "x", 1); }
static void tostop(void) {
  struct termios t;
  tcgetattr(slave, &t);
  t.c_lflag |= TOSTOP;
  signal(SIGTTOU, SIG_IGN);
  tcsetattr(slave, TCSANOW, &t);
  signal(SIGTTOU, SIG_DFL);
  writes();
}
static void changes(void) {
  struct termios t;
  tcgetattr(slave, &t);
  tcsetattr(slave, TCSANOW, &t);
}
static void takes(void) { tcsetpgrp(slave, getpid()); }
static void takes_blocking(void) {
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, NULL);
  SHOW(tcsetpgrp(slave, getpid()));
}

int main(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(master);
  unlockpt(master);
  pid_t leader = fork();
  if (leader == 0) {
    setsid();
    slave = open(ptsname(master), O_RDWR);
    job("read", reads);
    job("read, SIGTTIN ignored", reads_ignoring);
    job("write", writes);
    job("write with TOSTOP", tostop);
    job("set attributes", changes);
    job("become foreground", takes);
    job("become foreground, blocking signals", takes_blocking);
    SHOW(tcsetpgrp(slave, 999999999));
    signal(SIGTTOU, SIG_IGN);
    SHOW(tcsetpgrp(slave, getpid()));
    signal(SIGHUP, SIG_IGN);
    SHOW(ioctl(slave, TIOCNOTTY));
    SHOW(open("/dev/tty", O_RDWR));
    exit(0);
  }
  show_end("leader", leader);
}
