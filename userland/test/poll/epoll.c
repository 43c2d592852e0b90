// Interest in many descriptors, level- or edge-triggered or once: epoll(7).
#include "check.h"
#include <sys/epoll.h>

static int ep;

static void events(const char *what) {
  struct epoll_event e[8];
  int n = epoll_wait(ep, e, 8, 0);
  printf("%s: %d", what, n);
  for (int i = 0; i < n; i++) printf(" [%x %d]", e[i].events, e[i].data.fd);
  puts("");
}

static int control(int operation, int fd, unsigned wanted, int data) {
  struct epoll_event e = {.events = wanted, .data.fd = data};
  return epoll_ctl(ep, operation, fd, &e);
}

int main(void) {
  int a[2], b[2];
  char text[10];
  ep = epoll_create1(EPOLL_CLOEXEC);
  pipe(a);
  pipe(b);
  SHOW(control(EPOLL_CTL_ADD, a[0], EPOLLIN, 1));
  SHOW(control(EPOLL_CTL_ADD, b[0], EPOLLIN | EPOLLET, 2));
  SHOW(control(EPOLL_CTL_ADD, a[0], EPOLLIN, 3));
  SHOW(control(EPOLL_CTL_ADD, ep, EPOLLIN, 3));
  SHOW(control(EPOLL_CTL_ADD, 99, EPOLLIN, 3));
  SHOW(control(EPOLL_CTL_MOD, 1, EPOLLIN, 3));
  SHOW(control(EPOLL_CTL_ADD, open("f", O_RDWR | O_CREAT, 0644), EPOLLIN, 3));
  SHOW(control(77, a[0], EPOLLIN, 3));
  SHOW(epoll_ctl(a[0], EPOLL_CTL_ADD, b[0], &(struct epoll_event){0}));
  events("nothing");
  write(a[1], "xy", 2);
  write(b[1], "xy", 2);
  events("both");
  events("level only");
  read(b[0], text, 1);
  events("an edge is a write");
  write(b[1], "z", 1);
  events("edge again");
  SHOW(control(EPOLL_CTL_MOD, a[0], EPOLLIN | EPOLLONESHOT, 4));
  events("once");
  events("disabled");
  SHOW(control(EPOLL_CTL_MOD, a[0], EPOLLIN, 5));
  events("enabled");
  SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, a[0], NULL));
  SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, a[0], NULL));
  events("removed");
  SHOW(control(EPOLL_CTL_ADD, a[1], EPOLLOUT, 6));
  events("writable");
  close(a[0]);
  events("no reader");
  int twin = dup(a[1]);
  close(a[1]);
  events("closed, but there is a duplicate");
  close(twin);
  events("closed");
  struct epoll_event e;
  SHOW(epoll_wait(ep, &e, 0, 0));
  SHOW(epoll_wait(ep, (void *)8, 1, 0));
  SHOW(epoll_wait(0, &e, 1, 0));
  SHOW(epoll_create1(77));
}
