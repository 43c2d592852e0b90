// A lease tells its holder that somebody else opens the file, and makes that one wait: fcntl(2) F_SETLEASE.
#include "check.h"

static int fd;
static volatile int broken;

static void handler(int number, siginfo_t *info, void *context) {
  broken = info->si_fd == fd ? 1 : 2;
  fcntl(fd, F_SETLEASE, F_UNLCK);
}

int main(void) {
  fd = open("f", O_RDONLY | O_CREAT, 0644);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  fcntl(fd, F_SETSIG, SIGUSR1);
  SHOW(fcntl(fd, F_GETLEASE) == F_UNLCK);
  SHOW(fcntl(fd, F_SETLEASE, F_RDLCK));
  SHOW(fcntl(fd, F_GETLEASE) == F_RDLCK);
  SHOW_OK(open("f", O_RDONLY));
  CHECK(broken == 0);
  pid_t child = fork();
  if (child == 0) {
    SHOW(open("f", O_WRONLY | O_NONBLOCK));
    SHOW_OK(open("f", O_WRONLY));
    exit(0);
  }
  show_end("child", child);
  CHECK(broken == 1);
  SHOW(fcntl(fd, F_GETLEASE) == F_UNLCK);
}
