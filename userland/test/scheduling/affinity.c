// On which processors a thread may run: sched_setaffinity(2), getcpu(2).
#include "check.h"

int main(void) {
  cpu_set_t set, none;
  SHOW_OK(sched_getaffinity(0, sizeof set, &set));
  CHECK(CPU_COUNT(&set) >= 1);
  int first = 0;
  while (!CPU_ISSET(first, &set)) first++;
  CPU_ZERO(&none);
  SHOW(sched_setaffinity(0, sizeof none, &none));
  CPU_ZERO(&set);
  CPU_SET(first, &set);
  SHOW(sched_setaffinity(0, sizeof set, &set));
  CHECK(sched_getcpu() == first);
  unsigned cpu, node;
  SHOW(syscall(SYS_getcpu, &cpu, &node, NULL));
  CHECK((int)cpu == first && node == 0);
  CPU_ZERO(&none);
  SHOW_OK(sched_getaffinity(0, sizeof none, &none));
  CHECK(CPU_EQUAL(&set, &none));
  pid_t child = fork();
  if (child == 0) {
    sched_getaffinity(0, sizeof none, &none);
    exit(CPU_COUNT(&none));
  }
  show_end("child", child);
  SHOW(sched_getaffinity(999999999, sizeof set, &set));
  SHOW(syscall(SYS_sched_getaffinity, 0, 3, &set));
  CPU_ZERO(&none);
  CPU_SET(1000, &none);
  SHOW(sched_setaffinity(0, sizeof none, &none));
}
