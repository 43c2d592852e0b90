// A program's own processor time grows while it computes and not while it sleeps: times(2), clock(3), getrusage(2).
#include "check.h"
#include <sys/times.h>

static double own(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void *computes(void *used) {
  struct timespec t;
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  while (t.tv_nsec < 20000000);
  *(double *)used = t.tv_nsec / 1e9;
  return NULL;
}

int main(void) {
  double begin = own();
  while (own() - begin < 0.03) {}
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  CHECK(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec + usage.ru_utime.tv_sec * 1000000 >= 25000);
  begin = own();
  pause_ms(50);
  CHECK(own() - begin < 0.04);
  double used = 0;
  pthread_t thread;
  begin = own();
  pthread_create(&thread, NULL, computes, &used);
  pthread_join(thread, NULL);
  CHECK(used >= 0.02 && own() - begin >= used);
  struct tms t;
  CHECK(times(&t) != -1);
  CHECK(t.tms_utime + t.tms_stime >= 4);
  CHECK(clock() >= 40000);
}
