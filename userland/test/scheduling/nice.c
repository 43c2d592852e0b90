// Nice values are inherited, bounded, and only lowered by who may: nice(2), getpriority(2).
#include "check.h"

static int base;

static void user(void) {
  if (getuid() == 0) setresuid(500, 500, 500);
  setrlimit(RLIMIT_NICE, &(struct rlimit){0, 0});
  errno = 0;
  SHOW(setpriority(PRIO_PROCESS, 0, base));
  SHOW(nice(-1));
}

int main(void) {
  base = getpriority(PRIO_PROCESS, 0);
  SHOW(nice(3) - base);
  SHOW(getpriority(PRIO_PROCESS, getpid()) - base);
  pid_t child = fork();
  if (child == 0) exit(getpriority(PRIO_PROCESS, 0) - base);
  show_end("child", child);
  SHOW(nice(100));
  SHOW(setpriority(PRIO_PROCESS, 0, 19));
  in_child("user", user);
  errno = 0;
  SHOW(getpriority(PRIO_PROCESS, 999999999));
  SHOW(getpriority(9, 0));
  SHOW(setpriority(PRIO_PGRP, getpgrp(), 19));
  SHOW(setpriority(PRIO_USER, 54333, 19));
}
