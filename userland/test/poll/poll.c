// poll(2) says which descriptors are ready, has a timeout, and marks those that are none.
#include "check.h"

int main(void) {
  int p[2], q[2];
  pipe(p);
  pipe(q);
  struct pollfd f[5] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}, {99, POLLIN, 0}, {-1, POLLIN, 77}, {q[0], POLLIN, 0}};
  SHOW(poll(f, 5, 0));
  for (int i = 0; i < 5; i++) printf("%x ", f[i].revents);
  write(p[1], "x", 1);
  close(q[1]);
  puts("");
  SHOW(poll(f, 5, 1000));
  for (int i = 0; i < 5; i++) printf("%x ", f[i].revents);
  puts("");
  char byte;
  read(p[0], &byte, 1);
  double before = seconds();
  SHOW(poll(f, 1, 30));
  CHECK(seconds() - before >= 0.029);
  close(p[0]);
  f[0] = (struct pollfd){p[1], 0, 0};
  SHOW(poll(f, 1, 0));
  printf("%x\n", f[0].revents);
  f[0].fd = open("f", O_RDWR | O_CREAT, 0644);
  f[0].events = POLLIN | POLLOUT | POLLPRI;
  SHOW(poll(f, 1, 0));
  printf("%x\n", f[0].revents);
  SHOW(poll(NULL, 0, 5));
  SHOW(poll((void *)8, 1, 0));
  SHOW(poll(NULL, 1 << 20, 0));
  struct timespec t = {0, 1000000000};
  SHOW(ppoll(f, 1, &t, NULL));
  t = (struct timespec){0, 0};
  SHOW(ppoll(f, 1, &t, NULL));
}
