// An interrupted nanosleep says how much was left; with an absolute time there is no need: clock_nanosleep(2).
#include "check.h"

static void handler(int number) {}

int main(void) {
  signal(SIGALRM, handler);
  struct timespec left = {0}, until;
  siginterrupt(SIGALRM, 0); /* makes no difference to sleeps */
  ualarm(30000, 0);
  SHOW(nanosleep(&(struct timespec){2, 0}, &left));
  CHECK(left.tv_sec == 1 && left.tv_nsec > 500000000);
  ualarm(30000, 0);
  printf("%s\n", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){2, 0}, &left)));
  CHECK(left.tv_sec == 1);
  left.tv_sec = 77;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += 2;
  ualarm(30000, 0);
  printf("%s\n", strerrorname_np(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, &left)));
  CHECK(left.tv_sec == 77);
  until.tv_sec = 0; /* long ago, also soon after boot */
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 1000000000}, NULL) == EINVAL);
  CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &(struct timespec){0, 0}, NULL) == EINVAL);
  CHECK(clock_nanosleep(99, 0, &(struct timespec){0, 0}, NULL) == EINVAL);
}
