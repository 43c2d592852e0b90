// A condition variable hands work to waiting threads, and gives up at a deadline: pthread_cond_wait(3).
#include "check.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t full = PTHREAD_COND_INITIALIZER, empty = PTHREAD_COND_INITIALIZER;
static int slot, sum, count;

static void *consume(void *unused) {
  for (;;) {
    pthread_mutex_lock(&mutex);
    while (slot == 0) pthread_cond_wait(&full, &mutex);
    int got = slot;
    if (got > 0) slot = 0;
    pthread_cond_signal(&empty);
    if (got < 0) pthread_cond_broadcast(&full);
    else sum += got, count++;
    pthread_mutex_unlock(&mutex);
    if (got < 0) return NULL;
  }
}

int main(void) {
  pthread_t thread[4];
  for (int i = 0; i < 4; i++) pthread_create(&thread[i], NULL, consume, NULL);
  for (int i = 1; i <= 500; i++) {
    pthread_mutex_lock(&mutex);
    while (slot != 0) pthread_cond_wait(&empty, &mutex);
    slot = i;
    pthread_cond_signal(&full);
    pthread_mutex_unlock(&mutex);
  }
  pthread_mutex_lock(&mutex);
  while (slot != 0) pthread_cond_wait(&empty, &mutex);
  slot = -1;
  pthread_cond_broadcast(&full);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
  printf("%d items, sum %d\n", count, sum);
  pthread_condattr_t a;
  pthread_cond_t never;
  struct timespec until;
  pthread_condattr_init(&a);
  pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
  pthread_cond_init(&never, &a);
  double before = seconds();
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += 30000000;
  if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
  pthread_mutex_lock(&mutex);
  CHECK(pthread_cond_timedwait(&never, &mutex, &until) == ETIMEDOUT);
  CHECK(seconds() - before >= 0.029);
  CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
}
