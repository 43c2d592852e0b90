// Policies and priorities: sched(7), sched_setscheduler(2), sched_setattr(2).
#include "check.h"

/* sched_setattr(2); the headers of the kernel and of the C library do not go together. */
struct sched_attributes {
  uint32_t size, sched_policy;
  uint64_t sched_flags;
  int32_t sched_nice;
  uint32_t sched_priority;
  uint64_t runtime, deadline, period;
};

int main(void) {
  struct sched_param p = {0};
  SHOW(sched_getscheduler(0));
  SHOW(sched_get_priority_max(SCHED_FIFO));
  SHOW(sched_get_priority_min(SCHED_RR));
  SHOW(sched_get_priority_max(SCHED_OTHER));
  SHOW(sched_get_priority_max(99));
  SHOW(sched_setscheduler(0, SCHED_BATCH, &p));
  SHOW(sched_getscheduler(0));
  p.sched_priority = 5;
  SHOW(sched_setscheduler(0, SCHED_OTHER, &p));
  if (getuid() == 0) {
    SHOW(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &p));
    SHOW(sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK));
    SHOW(sched_getparam(0, &p));
    printf("%d\n", p.sched_priority);
    pid_t child = fork();
    if (child == 0) exit(sched_getscheduler(0));
    show_end("child", child);
    p.sched_priority = 100;
    SHOW(sched_setscheduler(0, SCHED_RR, &p));
    p.sched_priority = 0;
    SHOW(sched_setscheduler(0, SCHED_FIFO, &p));
    SHOW(sched_setscheduler(0, SCHED_OTHER, &p));
  }
  struct sched_attributes a;
  SHOW(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0));
  printf("policy %u, nice as before %d\n", a.sched_policy, a.sched_nice == getpriority(PRIO_PROCESS, 0));
  a = (struct sched_attributes){.size = sizeof a, .sched_policy = SCHED_IDLE, .sched_nice = 4};
  SHOW(syscall(SYS_sched_setattr, 0, &a, 0));
  SHOW(sched_getscheduler(0));
  SHOW(syscall(SYS_sched_getattr, 0, &a, 10, 0));
  SHOW(sched_getscheduler(999999999));
  SHOW(sched_setscheduler(0, 55, &p));
  SHOW(sched_yield());
  if (getuid() == 0) MUST(setresuid(777, 777, 777));
  setrlimit(RLIMIT_RTPRIO, &(struct rlimit){0, 0});
  p.sched_priority = 1;
  SHOW(sched_setscheduler(0, SCHED_RR, &p));
}
