// All threads wait at a barrier for the last; exactly one of them is told so: pthread_barrier_wait(3).
#include "check.h"

static pthread_barrier_t barrier;
static int phase[5], serial, wrong;

static void *run(void *argument) {
  long self = (long)argument;
  for (int round = 1; round <= 20; round++) {
    phase[self] = round;
    int result = pthread_barrier_wait(&barrier);
    if (result == PTHREAD_BARRIER_SERIAL_THREAD) __atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 5; i++)
      if (phase[i] != round) wrong++;
    pthread_barrier_wait(&barrier);
  }
  return NULL;
}

int main(void) {
  pthread_t thread[5];
  pthread_barrier_init(&barrier, NULL, 5);
  for (long i = 0; i < 5; i++) pthread_create(&thread[i], NULL, run, (void *)i);
  for (int i = 0; i < 5; i++) pthread_join(thread[i], NULL);
  printf("%d serial, %d wrong\n", serial, wrong);
}
