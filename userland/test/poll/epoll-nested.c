// An epoll descriptor can be watched itself; cycles are refused; several waiters share the events: epoll(7).
#include "check.h"
#include <sys/epoll.h>

static int inner, woken;

static void *waits(void *unused) {
  struct epoll_event e;
  if (epoll_wait(inner, &e, 1, 5000) == 1) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

int main(void) {
  int outer = epoll_create1(0), p[2];
  struct epoll_event e = {.events = EPOLLIN};
  inner = epoll_create1(0);
  pipe(p);
  SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, p[0], &e));
  SHOW(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &e));
  SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &e));
  SHOW(epoll_wait(outer, &e, 1, 0));
  write(p[1], "x", 1);
  SHOW(epoll_wait(outer, &e, 1, 0));
  struct pollfd f = {outer, POLLIN, 0};
  SHOW(poll(&f, 1, 0));
  char byte;
  read(p[0], &byte, 1);
  SHOW(epoll_wait(outer, &e, 1, 0));
  e.events = EPOLLIN | EPOLLET;
  epoll_ctl(inner, EPOLL_CTL_MOD, p[0], &e);
  pthread_t t[3];
  for (int i = 0; i < 3; i++) pthread_create(&t[i], NULL, waits, NULL);
  pause_ms(30);
  for (int i = 1; i <= 3; i++) {
    write(p[1], "x", 1); /* each edge wakes one */
    for (int n = 0; n < 1000 && woken < i; n++) usleep(1000);
    usleep(5000);
    printf("%d\n", woken);
  }
  for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
  e.events = EPOLLIN;
  int chain = p[0];
  for (int i = 0; i < 7; i++) {
    int next = epoll_create1(0);
    e.events = EPOLLIN;
    if (epoll_ctl(next, EPOLL_CTL_ADD, chain, &e) == -1) {
      printf("nested %d deep: %s\n", i, strerrorname_np(errno));
      break;
    }
    chain = next;
  }
}
