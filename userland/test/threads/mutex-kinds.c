// Normal, recursive and error-checking mutexes, and locks with a deadline: pthread_mutex_lock(3).
#include "check.h"

static pthread_mutex_t mutex;

static void make(int type) {
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_settype(&a, type);
  pthread_mutex_init(&mutex, &a);
}

static void *tries(void *unused) {
  printf("  other thread: trylock %d, unlock %d\n", pthread_mutex_trylock(&mutex), pthread_mutex_unlock(&mutex));
  return NULL;
}

static void other(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, tries, NULL);
  pthread_join(thread, NULL);
}

int main(void) {
  CHECK(EBUSY == 16 && EPERM == 1 && EDEADLK == 35 && ETIMEDOUT == 110);
  make(PTHREAD_MUTEX_RECURSIVE);
  printf("recursive: %d", pthread_mutex_lock(&mutex));
  printf(" %d", pthread_mutex_lock(&mutex));
  printf(" %d\n", pthread_mutex_trylock(&mutex));
  other();
  printf("  %d", pthread_mutex_unlock(&mutex));
  printf(" %d", pthread_mutex_unlock(&mutex));
  printf(" %d", pthread_mutex_unlock(&mutex));
  printf(" %d\n", pthread_mutex_unlock(&mutex));
  make(PTHREAD_MUTEX_ERRORCHECK);
  printf("error-checking: %d", pthread_mutex_lock(&mutex));
  printf(" %d\n", pthread_mutex_lock(&mutex));
  other();
  printf("  %d", pthread_mutex_unlock(&mutex));
  printf(" %d\n", pthread_mutex_unlock(&mutex));
  make(PTHREAD_MUTEX_NORMAL);
  printf("normal: %d", pthread_mutex_lock(&mutex));
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 20000000;
  if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
  printf(" %d", pthread_mutex_timedlock(&mutex, &until));
  clock_gettime(CLOCK_MONOTONIC, &until);
  printf(" %d\n", pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &until));
}
