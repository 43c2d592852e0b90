// Which clocks there are, what they have in common, and who may set them: clock_gettime(2).
#include "check.h"

static double at(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) == -1) return -1;
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(void) {
  struct timespec t;
  clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
                        CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI};
  int backwards = 0;
  for (int i = 0; i < 9; i++) {
    double before = at(clocks[i]);
    for (int n = 0; n < 200; n++) {
      double now = at(clocks[i]);
      backwards += now < before;
      before = now;
    }
    printf("clock %d: %s\n", clocks[i], before > 0 ? "ok" : "none");
  }
  CHECK(backwards == 0);
  CHECK(at(CLOCK_REALTIME) > 1.6e9);
  double before = at(CLOCK_MONOTONIC);
  pause_ms(20);
  CHECK(at(CLOCK_MONOTONIC) - before >= 0.02);
  CHECK(at(CLOCK_BOOTTIME) >= before);
  struct timeval tv;
  gettimeofday(&tv, NULL);
  CHECK(tv.tv_sec + 1 >= time(NULL) - 1 && tv.tv_usec < 1000000);
  SHOW(clock_gettime(10, &t));
  SHOW(clock_gettime(99, &t));
  SHOW(clock_getres(CLOCK_MONOTONIC, &t));
  printf("%ld %ld\n", (long)t.tv_sec, t.tv_nsec);
  SHOW(clock_settime(CLOCK_MONOTONIC, &t));
  t.tv_nsec = 1000000000;
  SHOW(clock_settime(CLOCK_REALTIME, &t));
  clockid_t mine;
  CHECK(clock_getcpuclockid(getpid(), &mine) == 0 && at(mine) >= 0);
  CHECK(clock_getcpuclockid(999999999, &mine) == ESRCH);
  if (getuid() == 0) MUST(setresuid(777, 777, 777));
  clock_gettime(CLOCK_REALTIME, &t);
  SHOW(clock_settime(CLOCK_REALTIME, &t));
}
