// posix_spawn(3) with file actions and attributes: what the child finds.
#include "check.h"
#include <spawn.h>

int main(int argc, char **argv) {
  if (argc > 1) {
    char text[16] = {0};
    sigset_t mask;
    sigprocmask(0, NULL, &mask);
    struct sigaction usr1;
    sigaction(SIGUSR1, NULL, &usr1);
    read(0, text, 15);
    printf("input %s, environment %s, SIGINT %s, SIGUSR1 %s, group %s, fd 9 %s\n", text, getenv("COLOUR"),
           sigismember(&mask, SIGINT) ? "blocked" : "free", usr1.sa_handler == SIG_DFL ? "default" : "ignored",
           getpgrp() == getpid() ? "own" : "parent's", fcntl(9, F_GETFD) == -1 ? "closed" : "open");
    return 11;
  }
  write_file("input", "red");
  signal(SIGUSR1, SIG_IGN);
  dup2(1, 9);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "input", O_RDONLY, 0);
  posix_spawn_file_actions_addclose(&actions, 9);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  posix_spawnattr_setsigmask(&attributes, &set);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  posix_spawnattr_setsigdefault(&attributes, &set);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t child;
  char *arguments[] = {"child", "x", NULL}, *environment[] = {"COLOUR=blue", NULL};
  int error = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, arguments, environment);
  show_end("child", child);
  CHECK(error == 0);
  SHOW(posix_spawn(&child, "/no/such/file", NULL, NULL, arguments, environment));
  posix_spawn_file_actions_addopen(&actions, 3, "absent", O_RDONLY, 0);
  SHOW(posix_spawn(&child, "/proc/self/exe", &actions, NULL, arguments, environment));
  CHECK(ENOENT == 2);
}
