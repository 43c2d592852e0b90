// A parent may move its child to a group only until the child has executed a program: setpgid(2) EACCES.
#include "check.h"

int main(int argc, char **argv) {
  if (argc > 1) {
    write(1, "executed\n", 9);
    pause();
  }
  int out[2];
  MUST(pipe(out));
  pid_t child = fork();
  if (child == 0) {
    dup2(out[1], 1);
    execl("/proc/self/exe", "child", "x", NULL);
    _exit(1);
  }
  char text[10];
  SHOW(read(out[0], text, 9));
  SHOW(setpgid(child, child));
  SHOW(setpgid(child, 0));
  CHECK(getpgid(child) == getpgrp());
  kill(child, SIGTERM);
  show_end("child", child);
}
