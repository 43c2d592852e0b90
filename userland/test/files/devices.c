// /dev/null, zero, full, random and tty: null(4), full(4), random(4), tty(4).
#include "check.h"

int main(void) {
  char text[64];
  memset(text, 'x', 64);
  int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR);
  SHOW(read(null, text, 64));
  SHOW(write(null, text, 64));
  SHOW(lseek(null, 100, SEEK_SET));
  SHOW(read(zero, text, 10));
  printf("%d %c\n", text[9], text[10]);
  SHOW(write(zero, text, 64));
  SHOW(read(full, text, 64));
  SHOW(write(full, text, 1));
  SHOW(write(full, text, 0));
  int random = open("/dev/urandom", O_RDONLY);
  unsigned char a[64], b[64];
  SHOW(read(random, a, 64));
  SHOW(read(random, b, 64));
  CHECK(memcmp(a, b, 64) != 0);
  SHOW(open("/dev/tty", O_RDWR));
  struct stat s;
  stat("/dev/fd/1", &s);
  CHECK(S_ISREG(s.st_mode));
  SHOW(ioctl(null, TIOCGWINSZ, text));
  SHOW(ftruncate(null, 5));
  SHOW(fallocate(null, 0, 0, 5));
  SHOW(fsync(null));
  SHOW(open("/dev/null", O_RDONLY | O_DIRECTORY));
}
