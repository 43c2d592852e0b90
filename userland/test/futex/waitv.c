// futex_waitv(2) sleeps on several words and says which one it was.
#include "check.h"
#include <linux/futex.h>

static unsigned words[3];
static struct futex_waitv list[3];

static void *wakes(void *unused) {
  while (syscall(SYS_futex, &words[2], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 0) usleep(1000);
  return NULL;
}

int main(void) {
  for (int i = 0; i < 3; i++) list[i] = (struct futex_waitv){.uaddr = (uintptr_t)&words[i], .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG};
  struct timespec soon;
  pthread_t thread;
  pthread_create(&thread, NULL, wakes, NULL);
  SHOW(syscall(SYS_futex_waitv, list, 3, 0, NULL, CLOCK_MONOTONIC));
  pthread_join(thread, NULL);
  words[1] = 9;
  SHOW(syscall(SYS_futex_waitv, list, 3, 0, NULL, CLOCK_MONOTONIC));
  words[1] = 0;
  clock_gettime(CLOCK_MONOTONIC, &soon);
  soon.tv_nsec += 10000000;
  if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
  SHOW(syscall(SYS_futex_waitv, list, 3, 0, &soon, CLOCK_MONOTONIC));
  SHOW(syscall(SYS_futex_waitv, list, 0, 0, NULL, CLOCK_MONOTONIC));
  SHOW(syscall(SYS_futex_waitv, list, 129, 0, NULL, CLOCK_MONOTONIC));
  SHOW(syscall(SYS_futex_waitv, list, 3, 1, NULL, CLOCK_MONOTONIC));
  list[1].flags = 0x40;
  SHOW(syscall(SYS_futex_waitv, list, 3, 0, NULL, CLOCK_MONOTONIC));
  list[1].flags = FUTEX_32;
  list[1].uaddr = 1;
  SHOW(syscall(SYS_futex_waitv, list, 3, 0, NULL, CLOCK_MONOTONIC));
}
