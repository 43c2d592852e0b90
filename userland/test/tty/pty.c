// A pseudo-terminal: what one side writes the other reads, through the line discipline: pty(7), termios(3).
#include "check.h"
#include <termios.h>

static int master, slave;

static void from(const char *what, int fd) {
  char text[100];
  struct pollfd p = {fd, POLLIN, 0};
  if (poll(&p, 1, 400) == 0) {
    printf("%s: nothing\n", what);
    return;
  }
  ssize_t n = read(fd, text, sizeof text);
  printf("%s: %ld ", what, (long)n);
  for (ssize_t i = 0; i < n; i++) {
    if (text[i] >= ' ' && text[i] < 127) putchar(text[i]);
    else printf("<%02x>", (unsigned char)text[i]);
  }
  puts("");
}

int main(void) {
  struct termios t;
  master = posix_openpt(O_RDWR | O_NOCTTY);
  SHOW(grantpt(master));
  SHOW(unlockpt(master));
  slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  CHECK(isatty(slave) && isatty(master));
  write(slave, "out\n", 4);
  from("master", master);
  write(master, "line\n", 5);
  from("echo", master);
  from("slave", slave);
  write(master, "ab\177c\n", 5);
  from("echo", master);
  from("slave", slave);
  write(master, "kill\025new\n", 9);
  from("slave", slave);
  write(master, "one\ntwo\n", 8);
  from("slave", slave);
  from("slave", slave);
  write(master, "\004", 1);
  from("end of file", slave);
  write(master, "part\004", 5);
  from("part", slave);
  from("rest of the echo", master);
  SHOW(tcgetattr(slave, &t));
  cfmakeraw(&t);
  SHOW(tcsetattr(slave, TCSANOW, &t));
  write(master, "raw\003\r", 5);
  from("raw", slave);
  from("no echo", master);
  write(slave, "a\nb", 3);
  from("raw out", master);
  struct winsize w = {24, 80, 0, 0};
  SHOW(ioctl(master, TIOCSWINSZ, &w));
  w = (struct winsize){0};
  SHOW(ioctl(slave, TIOCGWINSZ, &w));
  printf("%d %d\n", w.ws_row, w.ws_col);
  int n;
  write(master, "12345", 5);
  poll(&(struct pollfd){slave, POLLIN, 0}, 1, 1000);
  SHOW(ioctl(slave, FIONREAD, &n));
  printf("%d\n", n);
  SHOW(tcflush(slave, TCIFLUSH));
  SHOW(ioctl(slave, FIONREAD, &n));
  printf("%d\n", n);
  close(slave);
  char c;
  SHOW(read(master, &c, 1));
  SHOW(tcgetattr(1, &t));
}
