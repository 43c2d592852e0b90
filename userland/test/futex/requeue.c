// Waiters are moved from one word to another, or woken by a mask, or by an operation: futex(2) FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP.
#include "check.h"
#include <linux/futex.h>

static int one, two, ready, woken;
static pid_t tids[4];

static long futex(int *at, int op, int value, long value2, int *at2, int value3) {
  return syscall(SYS_futex, at, op, value, value2, at2, value3);
}

static void *waits(void *mask) {
  tids[__builtin_ctzl((long)mask)] = gettid();
  __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
  long result = futex(&one, FUTEX_WAIT_BITSET_PRIVATE, 0, 0, NULL, (int)(long)mask);
  if (result == 0) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static void start(pthread_t *thread, int n) {
  ready = woken = 0;
  for (long i = 0; i < n; i++) pthread_create(&thread[i], NULL, waits, (void *)(1L << i));
  while (ready < n) usleep(1000);
  for (int i = 0; i < n; i++) until_asleep(tids[i]);
}

int main(void) {
  pthread_t thread[4];
  start(thread, 4);
  SHOW(futex(&one, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, &two, 99));
  SHOW(futex(&one, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &two, 0));
  SHOW(futex(&two, FUTEX_WAKE_PRIVATE, 100, 0, NULL, 0));
  SHOW(futex(&one, FUTEX_WAKE_PRIVATE, 100, 0, NULL, 0));
  for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
  start(thread, 4);
  SHOW(futex(&one, FUTEX_WAKE_BITSET_PRIVATE, 100, 0, NULL, 4));
  SHOW(futex(&one, FUTEX_WAKE_BITSET_PRIVATE, 100, 0, NULL, 16));
  SHOW(futex(&one, FUTEX_WAKE_BITSET_PRIVATE, 100, 0, NULL, 3));
  two = 5;
  SHOW(futex(&two, FUTEX_WAKE_OP_PRIVATE, 1, 1, &one, FUTEX_OP(FUTEX_OP_ADD, 7, FUTEX_OP_CMP_EQ, 0)));
  printf("%d\n", one);
  for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
  printf("%d\n", woken);
  SHOW(futex(&two, FUTEX_WAKE_OP_PRIVATE, 1, 1, &one, FUTEX_OP(FUTEX_OP_XOR, 3, FUTEX_OP_CMP_GT, 100)));
  printf("%d\n", one);
}
