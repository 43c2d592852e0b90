// A FIFO is opened together with the other side, or ENXIO without waiting: fifo(7).
#include "check.h"

int main(void) {
  char text[16] = {0};
  SHOW(mkfifo("f", 0644));
  SHOW(mkfifo("f", 0644));
  SHOW(open("f", O_WRONLY | O_NONBLOCK));
  int r = open("f", O_RDONLY | O_NONBLOCK);
  SHOW(read(r, text, 1)); /* no writer yet: end of file */
  int w = open("f", O_WRONLY | O_NONBLOCK);
  SHOW(read(r, text, 1));
  SHOW(write(w, "abc", 3));
  SHOW(read(r, text, 10));
  close(w);
  struct pollfd p = {r, POLLIN, 0};
  SHOW(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  close(r);
  pid_t child = fork();
  if (child == 0) {
    usleep(10000);
    int fd = open("f", O_WRONLY);
    write(fd, "from the child", 14);
    exit(0);
  }
  r = open("f", O_RDONLY); /* waits */
  SHOW(read(r, text, 15));
  puts(text);
  SHOW(read(r, text, 15));
  show_end("child", child);
  close(r);
  int both = open("f", O_RDWR);
  SHOW(write(both, "self", 4));
  SHOW(read(both, text, 10));
  struct stat s;
  fstat(both, &s);
  CHECK(S_ISFIFO(s.st_mode));
}
