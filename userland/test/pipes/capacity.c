// A pipe holds 64 KiB unless it is told otherwise; writes up to PIPE_BUF are atomic: pipe(7), fcntl(2) F_SETPIPE_SZ.
#include "check.h"

int main(void) {
  static char big[200000];
  int p[2];
  pipe2(p, O_NONBLOCK);
  SHOW(fcntl(p[1], F_GETPIPE_SZ));
  SHOW(write(p[1], big, 200000));
  SHOW(write(p[1], big, 1));
  SHOW(read(p[0], big, 4095));
  SHOW(write(p[1], big, 4096));
  SHOW(read(p[0], big, 1));
  SHOW(write(p[1], big, 4096));
  SHOW(write(p[1], big, 5000));
  SHOW(fcntl(p[0], F_SETPIPE_SZ, 4096));
  SHOW(fcntl(p[0], F_SETPIPE_SZ, 100000));
  SHOW(write(p[1], big, 200000));
  while (read(p[0], big, sizeof big) > 0) {}
  SHOW(fcntl(p[0], F_SETPIPE_SZ, 1));
  SHOW(write(p[1], big, 200000));
  SHOW(fcntl(p[0], F_SETPIPE_SZ, 0));
  SHOW(fcntl(p[0], F_SETPIPE_SZ, -1));
  SHOW(fcntl(1, F_GETPIPE_SZ));
}
