// select(2) changes its sets into those that are ready, and on Linux its timeout to what is left.
#include "check.h"

int main(void) {
  int p[2];
  pipe(p);
  fd_set in, out;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(p[0], &in);
  FD_SET(p[1], &out);
  struct timeval t = {5, 0};
  SHOW(select(p[1] + 1, &in, &out, NULL, &t));
  printf("%d %d\n", FD_ISSET(p[0], &in) != 0, FD_ISSET(p[1], &out) != 0);
  CHECK(t.tv_sec == 4 || t.tv_sec == 5);
  FD_SET(p[0], &in);
  t = (struct timeval){0, 20000};
  SHOW(select(p[1] + 1, &in, NULL, NULL, &t));
  printf("%d, %ld %ld\n", FD_ISSET(p[0], &in) != 0, (long)t.tv_sec, (long)t.tv_usec);
  write(p[1], "x", 1);
  FD_SET(p[0], &in);
  SHOW(select(p[0] + 1, &in, NULL, &in, NULL));
  SHOW(select(p[0], &in, NULL, NULL, &t)); /* the number is one more than the highest */
  /* A closed descriptor is an error, unless it is past the end of the table, which grows and which fork makes small. */
  close_range(3, ~0u, 0);
  t = (struct timeval){0, 0};
  fflush(stdout);
  if (fork() == 0) {
    const int fds[] = {60, 63, 64, 99};
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 4; i++) {
        FD_ZERO(&in);
        FD_SET(fds[i], &in);
        SHOW(select(fds[i] + 1, &in, NULL, NULL, &t));
      }
      dup2(0, 100);
      close(100);
    }
    return 0;
  }
  wait(NULL);
  SHOW(select(-1, &in, NULL, NULL, &t));
  t.tv_sec = -1;
  SHOW(select(0, NULL, NULL, NULL, &t));
  SHOW(select(10, (void *)8, NULL, NULL, NULL));
  sigset_t set;
  sigemptyset(&set);
  struct timespec s = {0, 1000000};
  SHOW(pselect(0, NULL, NULL, NULL, &s, &set));
  printf("%ld\n", s.tv_nsec); /* pselect(3) leaves it alone */
}
