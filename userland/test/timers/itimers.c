// Interval timers of real, virtual and profiled time: setitimer(2), alarm(2).
#include "check.h"

static volatile int count[65];
static void handler(int number) { count[number]++; }

int main(void) {
  struct itimerval t, old;
  signal(SIGALRM, handler);
  signal(SIGVTALRM, handler);
  signal(SIGPROF, handler);
  alarm(0);
  t = (struct itimerval){{0, 5000}, {0, 5000}};
  SHOW(setitimer(ITIMER_REAL, &t, NULL));
  while (count[SIGALRM] < 3) pause();
  getitimer(ITIMER_REAL, &old);
  CHECK(old.it_interval.tv_usec == 5000 && old.it_value.tv_usec <= 5000);
  t = (struct itimerval){{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &t, &old);
  CHECK(old.it_interval.tv_usec == 5000);
  int n = count[SIGALRM];
  pause_ms(15);
  CHECK(count[SIGALRM] == n);
  t = (struct itimerval){{0, 10000}, {0, 10000}};
  SHOW(setitimer(ITIMER_VIRTUAL, &t, NULL));
  pause_ms(40);
  CHECK(count[SIGVTALRM] <= 1); /* it does not run while sleeping */
  while (count[SIGVTALRM] < 3) {}
  SHOW(setitimer(ITIMER_PROF, &t, NULL));
  while (count[SIGPROF] < 3) getppid();
  t = (struct itimerval){0};
  setitimer(ITIMER_VIRTUAL, &t, NULL);
  setitimer(ITIMER_PROF, &t, NULL);
  SHOW(alarm(100));
  SHOW(alarm(0));
  SHOW(alarm(0));
  t.it_value.tv_usec = 1000000;
  SHOW(setitimer(ITIMER_REAL, &t, NULL));
  SHOW(setitimer(9, &t, NULL));
  alarm(50);
  pid_t child = fork();
  if (child == 0) exit(alarm(0)); /* not inherited */
  show_end("child", child);
  CHECK(alarm(0) > 40);
}
