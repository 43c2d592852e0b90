// A thread is cancelled at calls that wait, and cleans up; not while it says no: pthread_cancel(3).
#include "check.h"

static int pipes[2];
static volatile int reached, asked;

static void clean(void *what) { printf("cleaning %s\n", (char *)what); }

static void *reads(void *unused) {
  char byte;
  pthread_cleanup_push(clean, "first");
  pthread_cleanup_push(clean, "second");
  reached = 1;
  read(pipes[0], &byte, 1);
  puts("not reached");
  pthread_cleanup_pop(0);
  pthread_cleanup_pop(0);
  return NULL;
}

static void *refuses(void *unused) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  reached = 1;
  while (!asked) usleep(1000);
  puts("still here");
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  pthread_testcancel();
  puts("not reached");
  return NULL;
}

static void *computes(void *unused) {
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  reached = 1;
  for (volatile unsigned long i = 0;; i++) {}
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static void unlock(void *unused) {
  printf("mutex is held: %d\n", pthread_mutex_trylock(&mutex) == EBUSY);
  pthread_mutex_unlock(&mutex);
}
static void *waits(void *unused) {
  pthread_mutex_lock(&mutex);
  pthread_cleanup_push(unlock, NULL);
  reached = 1;
  for (;;) pthread_cond_wait(&condition, &mutex);
  pthread_cleanup_pop(0);
}

static void try(const char *what, void *(*function)(void *)) {
  pthread_t thread;
  void *result;
  reached = asked = 0;
  pthread_create(&thread, NULL, function, NULL);
  while (!reached) usleep(1000);
  usleep(5000);
  pthread_cancel(thread);
  asked = 1;
  pthread_join(thread, &result);
  printf("%s: %s\n", what, result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
}

int main(void) {
  pipe(pipes);
  try("reading", reads);
  try("refusing", refuses);
  try("computing", computes);
  try("waiting for a condition", waits);
}
