// Timers that are read as counts of expirations: timerfd_create(2).
#include "check.h"
#include <sys/timerfd.h>

int main(void) {
  uint64_t n;
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  SHOW(read(fd, &n, 8));
  struct itimerspec t = {.it_value = {0, 10000000}, .it_interval = {0, 10000000}}, left;
  SHOW(timerfd_settime(fd, 0, &t, NULL));
  struct pollfd p = {fd, POLLIN, 0};
  SHOW(poll(&p, 1, 1000));
  pause_ms(45);
  SHOW(read(fd, &n, 8));
  CHECK(n >= 4 && n < 1000);
  SHOW(timerfd_gettime(fd, &left));
  CHECK(left.it_interval.tv_nsec == 10000000 && left.it_value.tv_nsec <= 10000000 && left.it_value.tv_nsec > 0);
  t = (struct itimerspec){0};
  SHOW(timerfd_settime(fd, 0, &t, &left));
  CHECK(left.it_interval.tv_nsec == 10000000);
  pause_ms(12);
  SHOW(read(fd, &n, 8));
  t.it_value.tv_nsec = 1;
  SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL)); /* in the past: at once */
  SHOW(read(fd, &n, 8));
  printf("%lu\n", (unsigned long)n);
  int blocking = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
  t = (struct itimerspec){.it_value = {0, 5000000}};
  timerfd_settime(blocking, 0, &t, NULL);
  SHOW(read(blocking, &n, 8));
  t.it_value.tv_nsec = 1000000000;
  SHOW(timerfd_settime(fd, 0, &t, NULL));
  SHOW(timerfd_create(CLOCK_THREAD_CPUTIME_ID, 0));
  SHOW(timerfd_create(CLOCK_MONOTONIC, 5));
  SHOW(timerfd_settime(1, 0, &t, NULL));
  SHOW(write(fd, &n, 8));
}
