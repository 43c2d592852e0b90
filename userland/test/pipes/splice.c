// Data moves between pipes and files without passing through the program: splice(2), tee(2), vmsplice(2).
#include "check.h"

int main(void) {
  int a[2], b[2];
  char text[40] = {0};
  pipe(a);
  pipe(b);
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  write(fd, "0123456789", 10);
  off_t from = 3;
  SHOW(splice(fd, &from, a[1], NULL, 5, 0));
  printf("%ld\n", (long)from);
  SHOW(tee(a[0], b[1], 3, 0));
  SHOW(read(b[0], text, 40));
  printf("%.3s\n", text);
  SHOW(splice(a[0], NULL, b[1], NULL, 2, 0));
  off_t to = 20;
  SHOW(splice(a[0], NULL, fd, &to, 100, 0));
  SHOW(splice(b[0], NULL, fd, NULL, 100, 0));
  SHOW(pread(fd, text, 40, 0));
  for (int i = 0; i < 23; i++) putchar(text[i] ? text[i] : '.');
  puts("");
  struct iovec v[2] = {{"from ", 5}, {"memory", 6}};
  SHOW(vmsplice(a[1], v, 2, 0));
  memset(text, 0, sizeof text);
  SHOW(read(a[0], text, 40));
  puts(text);
  SHOW(splice(fd, NULL, fd, NULL, 1, 0));
  SHOW(splice(a[0], NULL, a[1], NULL, 1, 0));
  SHOW(splice(a[0], &from, b[1], NULL, 1, 0));
  SHOW(splice(a[0], NULL, b[1], NULL, 1, SPLICE_F_NONBLOCK));
  SHOW(tee(fd, b[1], 1, 0));
  int append = open("f", O_WRONLY | O_APPEND);
  write(a[1], "x", 1);
  SHOW(splice(a[0], NULL, append, NULL, 1, 0));
  close(a[1]);
  SHOW(read(a[0], text, 1));
  SHOW(splice(a[0], NULL, b[1], NULL, 1, 0));
}
