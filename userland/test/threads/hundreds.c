// Five hundred threads at once, each of which computes and waits: pthread_create(3).
#include "check.h"

enum { THREADS = 500 };
static pthread_barrier_t barrier;
static long total;

static void *work(void *number) {
  volatile double x = (long)number;
  for (int i = 0; i < 200; i++) x = x * 1.0000001 + 1;
  __atomic_fetch_add(&total, (long)number, __ATOMIC_SEQ_CST);
  pthread_barrier_wait(&barrier);
  return (void *)(long)x;
}

int main(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 65536);
  pthread_barrier_init(&barrier, NULL, THREADS + 1);
  static pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++)
    if (pthread_create(&threads[i], &attributes, work, (void *)i) != 0) exit(1);
  pthread_barrier_wait(&barrier);
  long sum = 0;
  for (int i = 0; i < THREADS; i++) {
    void *result;
    pthread_join(threads[i], &result);
    sum += (long)result;
  }
  printf("%ld %ld\n", total, sum);
}
