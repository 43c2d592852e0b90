// Mutexes with priority inheritance lock and unlock in the kernel when contended: futex(2) FUTEX_LOCK_PI.
#include "check.h"

static pthread_mutex_t mutex;
static int count;

static void *add(void *unused) {
  for (int i = 0; i < 500; i++) {
    pthread_mutex_lock(&mutex);
    int now = count;
    if (i % 100 == 0) usleep(500);
    count = now + 1;
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

int main(void) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
  CHECK(pthread_mutex_init(&mutex, &a) == 0);
  pthread_t thread[4];
  for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, add, NULL);
  for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
  printf("%d\n", count);
}
