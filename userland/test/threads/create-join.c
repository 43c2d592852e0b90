// Threads return values, share memory, and have thread-local variables of their own: pthread_create(3).
#include "check.h"

static __thread int own = 5;
static int shared;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *run(void *argument) {
  own += (int)(long)argument;
  pthread_mutex_lock(&mutex);
  shared += own;
  pthread_mutex_unlock(&mutex);
  return (void *)(long)own;
}

int main(void) {
  pthread_t thread[64];
  for (long i = 0; i < 64; i++)
    if (pthread_create(&thread[i], NULL, run, (void *)i) != 0) puts("not created");
  long sum = 0;
  for (int i = 0; i < 64; i++) {
    void *result;
    pthread_join(thread[i], &result);
    sum += (long)result;
  }
  printf("%ld %d %d\n", sum, shared, own);
  CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  CHECK(pthread_create(&thread[0], &attributes, run, (void *)1000) == 0);
  for (int i = 0; i < 2000 && __atomic_load_n(&shared, __ATOMIC_SEQ_CST) < 2300; i++) usleep(1000);
  printf("%d\n", shared);
}
