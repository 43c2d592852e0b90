// POSIX timers: by signal, with values, counting what was missed, or without signal: timer_create(2).
#include "check.h"

static volatile int calls, value, code, overruns;
static timer_t timer;

static void handler(int number, siginfo_t *info, void *context) {
  calls++;
  value = info->si_value.sival_int;
  code = info->si_code;
  overruns += info->si_overrun;
}

static volatile int in_thread;
static void notify(union sigval v) { in_thread = v.sival_int; }

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN, &action, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
  SHOW(timer_create(CLOCK_MONOTONIC, &event, &timer));
  struct itimerspec t = {{0, 5000000}, {0, 5000000}}, left;
  SHOW(timer_settime(timer, 0, &t, NULL));
  while (calls < 3) pause();
  CHECK(value == 77 && code == SI_TIMER);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  pause_ms(60);
  overruns = 0;
  int before = calls;
  SHOW(timer_gettime(timer, &left));
  CHECK(left.it_interval.tv_nsec == 5000000);
  struct itimerspec off = {0};
  sigprocmask(SIG_UNBLOCK, &set, NULL);
  timer_settime(timer, 0, &off, NULL);
  CHECK(calls > before && overruns >= 5);
  SHOW(timer_delete(timer));
  SHOW(timer_delete(timer));
  event = (struct sigevent){.sigev_notify = SIGEV_NONE};
  SHOW(timer_create(CLOCK_REALTIME, &event, &timer));
  t = (struct itimerspec){.it_value = {100, 0}};
  SHOW(timer_settime(timer, 0, &t, NULL));
  SHOW(timer_gettime(timer, &left));
  CHECK(left.it_value.tv_sec == 99 || left.it_value.tv_sec == 100);
  SHOW(timer_getoverrun(timer));
  event = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify, .sigev_value.sival_int = 5};
  SHOW(timer_create(CLOCK_MONOTONIC, &event, &timer));
  t = (struct itimerspec){.it_value = {0, 1000000}};
  timer_settime(timer, 0, &t, NULL);
  while (in_thread != 5) usleep(1000);
  puts("called in a thread");
  SHOW(timer_create(99, NULL, &timer));
  event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99};
  SHOW(timer_create(CLOCK_MONOTONIC, &event, &timer));
  event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
  SHOW(timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer));
  t = (struct itimerspec){.it_value = {0, 10000000}};
  before = calls;
  timer_settime(timer, 0, &t, NULL);
  while (calls == before) {}
  puts("after processor time");
}
