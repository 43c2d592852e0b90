// Bytes come out of a pipe as they went in; at the end of all writers comes end of file: pipe(7).
#include "check.h"

int main(void) {
  int p[2], available;
  char text[100];
  SHOW(pipe(p));
  SHOW(write(p[1], "hello", 5));
  SHOW(write(p[1], " world", 6));
  SHOW(ioctl(p[0], FIONREAD, &available));
  printf("%d\n", available);
  SHOW(read(p[0], text, 3));
  SHOW(read(p[0], text, 100));
  printf("%.8s\n", text);
  SHOW(fcntl(p[0], F_SETFL, O_NONBLOCK));
  SHOW(read(p[0], text, 100));
  SHOW(read(p[0], text, 0));
  SHOW(read(p[1], text, 1));
  SHOW(write(p[0], text, 1));
  int again = dup(p[1]);
  close(p[1]);
  SHOW(read(p[0], text, 100));
  close(again);
  SHOW(read(p[0], text, 100));
  SHOW(pipe2(p, O_CLOEXEC | O_NONBLOCK));
  SHOW(fcntl(p[0], F_GETFD));
  CHECK((fcntl(p[1], F_GETFL) & O_NONBLOCK) != 0);
  SHOW(pipe2(p, 1));
  SHOW(pipe((int *)8));
}
