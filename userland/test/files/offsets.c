// Each open file has an offset; dup shares it, open does not; pread leaves it alone: lseek(2).
#include "check.h"

int main(void) {
  char text[20] = {0};
  int a = open("f", O_RDWR | O_CREAT, 0644), b = dup(a), c = open("f", O_RDWR);
  write(a, "0123456789", 10);
  SHOW(lseek(b, 0, SEEK_CUR));
  SHOW(lseek(c, 0, SEEK_CUR));
  SHOW(lseek(a, -3, SEEK_END));
  SHOW(read(b, text, 20));
  SHOW(pread(c, text, 4, 8));
  SHOW(lseek(c, 0, SEEK_CUR));
  SHOW(lseek(a, -11, SEEK_CUR));
  SHOW(lseek(a, 5, 77));
  SHOW(lseek(a, 1L << 40, SEEK_SET));
  SHOW(read(a, text, 1));
  SHOW(lseek(a, LONG_MAX, SEEK_CUR));
  SHOW(pread(a, text, 1, -1));
  SHOW(lseek(a, 15, SEEK_SET));
  SHOW(write(a, "x", 1));
  SHOW(pread(c, text, 20, 0));
  for (int i = 0; i < 16; i++) putchar(text[i] ? text[i] : '.');
  puts("");
  int pipes[2];
  pipe(pipes);
  SHOW(lseek(pipes[0], 0, SEEK_CUR));
  SHOW(pread(pipes[0], text, 1, 0));
  SHOW(pwrite(pipes[1], text, 1, 0));
}
