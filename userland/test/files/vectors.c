// Scattered reads and gathered writes, with and without offsets and flags: readv(2), preadv2(2).
#include "check.h"

int main(void) {
  char a[4] = {0}, b[6] = {0}, c[20] = {0};
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  struct iovec out[3] = {{"one", 3}, {"", 0}, {"three", 5}}, in[3] = {{a, 3}, {b, 5}, {c, 19}};
  SHOW(writev(fd, out, 3));
  SHOW(pwritev(fd, out, 3, 10));
  SHOW(lseek(fd, 0, SEEK_SET));
  SHOW(readv(fd, in, 2));
  printf("%s %s\n", a, b);
  SHOW(preadv(fd, in, 3, 10));
  printf("%s %s\n", a, b);
  SHOW(pwritev2(fd, out, 1, 0, RWF_APPEND));
  SHOW(preadv2(fd, in, 3, -1, 0));
  SHOW(lseek(fd, 0, SEEK_CUR));
  SHOW(preadv2(fd, in, 1, 0, 0x8000));
  SHOW(readv(fd, in, -1));
  SHOW(readv(fd, in, 1025));
  SHOW(readv(fd, in, 0));
  SHOW(readv(fd, (void *)8, 1));
  struct iovec bad[2] = {{a, 3}, {(void *)8, 3}}, huge[2] = {{a, LONG_MAX}, {b, LONG_MAX}};
  SHOW(preadv(fd, bad, 2, 0));
  SHOW(preadv(fd, bad + 1, 1, 0));
  SHOW(writev(fd, huge, 2));
  SHOW(preadv(fd, in, 1, -5));
}
