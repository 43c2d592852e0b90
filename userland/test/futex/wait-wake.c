// A thread sleeps on a word while it has the expected value, until it is woken: futex(2) FUTEX_WAIT, FUTEX_WAKE.
#include "check.h"
#include <linux/futex.h>

static int word, woken;

static long futex(int *at, int op, int value, struct timespec *timeout, int *at2, int value3) {
  return syscall(SYS_futex, at, op, value, timeout, at2, value3);
}

static void *waits(void *unused) {
  if (futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == 0) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

int main(void) {
  pthread_t thread[4];
  SHOW(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
  SHOW(futex(&word, FUTEX_WAIT, 0, &(struct timespec){0, 10000000}, NULL, 0));
  SHOW(futex(&word, FUTEX_WAIT, 0, &(struct timespec){0, 1000000000}, NULL, 0));
  SHOW(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
  SHOW(futex((int *)((char *)&word + 1), FUTEX_WAKE, 1, NULL, NULL, 0));
  SHOW(futex(NULL, FUTEX_WAIT, 0, NULL, NULL, 0));
  SHOW(futex(&word, 77, 0, NULL, NULL, 0));
  SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
  for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, waits, NULL);
  int n = 0;
  while (n < 1) n += futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  while (n < 4) n += futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0);
  for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
  printf("%d woken, %d say so\n", n, woken);
  struct timespec past;
  clock_gettime(CLOCK_MONOTONIC, &past);
  SHOW(futex(&word, FUTEX_WAIT_BITSET, 0, &past, NULL, FUTEX_BITSET_MATCH_ANY));
  clock_gettime(CLOCK_REALTIME, &past);
  SHOW(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, FUTEX_BITSET_MATCH_ANY));
}
