/* POSIX threads: locks, conditions, cancellation, signals to a thread, robust and PI mutexes, barriers. */
/* gcc: -w -fno-inline */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 8 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, robust;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long sum;
static atomic_long atomicSum;
static __thread long own;
static int isReady;
static volatile int signalled;

static void *add(void *argument) {
  own = (long)argument;
  for (int i = 0; i < 20000; i++) {
    pthread_mutex_lock(&mutex);
    sum++;
    pthread_mutex_unlock(&mutex);
    atomicSum++;
    if (i % 1000 == 0) sched_yield();
  }
  return (void *)(own * 2);
}

static void *await(void *argument) {
  pthread_mutex_lock(&mutex);
  while (!isReady) pthread_cond_wait(&condition, &mutex);
  pthread_mutex_unlock(&mutex);
  return NULL;
}

static void *sleepLong(void *argument) {
  for (;;) sleep(100);
}

static void handler(int number) { signalled = gettid(); }
static void *spin(void *argument) {
  while (signalled == 0) continue;
  return NULL;
}

static void *lockAndEnd(void *argument) {
  pthread_mutex_lock(&robust);
  return NULL;
}

static void *meet(void *argument) {
  for (int i = 0; i < 100; i++) pthread_barrier_wait(&barrier);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  void *result;
  long results = 0;
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, add, (void *)i);
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], &result);
    results += (long)result;
  }
  printf("sums: %ld %ld %ld\n", sum, (long)atomicSum, results);

  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, await, NULL);
  usleep(10000);
  pthread_mutex_lock(&mutex);
  isReady = 1;
  pthread_cond_broadcast(&condition);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("all were woken\n");

  pthread_create(&threads[0], NULL, sleepLong, NULL);
  usleep(1000);
  pthread_cancel(threads[0]);
  pthread_join(threads[0], &result);
  printf("cancelled: %d\n", result == PTHREAD_CANCELED);

  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGUSR1, &action, NULL);
  pthread_create(&threads[0], NULL, spin, NULL);
  usleep(1000);
  pthread_kill(threads[0], SIGUSR1);
  pthread_join(threads[0], NULL);
  printf("another thread took the signal: %d\n", signalled != getpid());

  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attributes);
  pthread_create(&threads[0], NULL, lockAndEnd, NULL);
  pthread_join(threads[0], NULL);
  printf("robust mutex: %s\n", strerror(pthread_mutex_lock(&robust)));

  pthread_mutex_t inheriting;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&inheriting, &attributes);
  printf("PI mutex: %d %d\n", pthread_mutex_lock(&inheriting), pthread_mutex_unlock(&inheriting));

  pthread_barrier_init(&barrier, NULL, 4);
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, meet, NULL);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  printf("barrier\n");

  struct timespec soon;
  sem_t semaphore;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 10000000;
  if (soon.tv_nsec >= 1000000000) soon.tv_nsec -= 1000000000, soon.tv_sec++;
  sem_init(&semaphore, 0, 0);
  int waited = sem_timedwait(&semaphore, &soon);
  printf("semaphore: %d %s\n", waited, strerror(errno));
  return 0;
}
