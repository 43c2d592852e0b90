// What a child used of the processor is in wait4(2), and then in RUSAGE_CHILDREN; also what its own children used.
#include "check.h"

static void compute(void) {
  struct rusage usage;
  do {
    for (volatile int i = 0; i < 100000; i++) {}
    getrusage(RUSAGE_SELF, &usage);
  } while (usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec < 40000);
}

static long micros(struct timeval t) { return t.tv_sec * 1000000 + t.tv_usec; }

int main(void) {
  struct rusage usage, before;
  getrusage(RUSAGE_CHILDREN, &before);
  CHECK(micros(before.ru_utime) == 0);
  pid_t child = fork();
  if (child == 0) {
    in_child("grandchild", compute);
    exit(0);
  }
  int status;
  SHOW(wait4(child, &status, WNOHANG, &usage));
  CHECK(wait4(child, &status, 0, &usage) == child);
  CHECK(micros(usage.ru_utime) >= 40000);
  CHECK(usage.ru_maxrss > 100);
  CHECK(usage.ru_minflt > 0);
  getrusage(RUSAGE_CHILDREN, &before);
  CHECK(micros(before.ru_utime) >= 40000);
  SHOW(getrusage(77, &usage));
}
