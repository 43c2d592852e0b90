// Which calls a handler ends with EINTR, and which go on with SA_RESTART: signal(7).
#include "check.h"
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/sem.h>

static volatile int calls, wake = -1;

static void handler(int number) {
  /* the second signal makes restarted calls find something */
  if (++calls == 2 && wake >= 0) write(wake, "wake", 4);
}

static void with(const char *name, int flags, int which) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  int pipes[2];
  char text[4];
  pipe(pipes);
  wake = pipes[1];
  calls = 0;
  struct itimerval timer = {{0, 30000}, {0, 30000}}, off = {0};
  struct pollfd p = {pipes[0], POLLIN, 0};
  fd_set set;
  FD_ZERO(&set);
  FD_SET(pipes[0], &set);
  setitimer(ITIMER_REAL, &timer, NULL);
  long result = -2;
  if (which == 0) result = read(pipes[0], text, 4);
  if (which == 1) result = poll(&p, 1, 5000);
  if (which == 2) result = select(pipes[0] + 1, &set, NULL, NULL, NULL);
  if (which == 3) result = pause();
  if (which == 4) result = nanosleep(&(struct timespec){5, 0}, NULL);
  if (which == 5) {
    int ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};
    epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &e);
    result = epoll_wait(ep, &e, 1, 5000);
  }
  int error = errno;
  setitimer(ITIMER_REAL, &off, NULL);
  printf("%s %s: ", name, flags ? "with SA_RESTART" : "without");
  if (result == -1) puts(strerrorname_np(error));
  else printf("%ld after the second signal: %d\n", result, calls >= 2);
  close(pipes[0]);
  close(pipes[1]);
}

int main(void) {
  const char *names[] = {"read", "poll", "select", "pause", "nanosleep", "epoll_wait"};
  for (int i = 0; i < 6; i++)
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) with(names[i], flags, i);
}
