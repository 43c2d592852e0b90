// Values by key, destroyed at the end of each thread; pthread_once runs once: pthread_key_create(3).
#include "check.h"

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int made, destroyed, sum;

static void make(void) {
  made++;
  usleep(5000);
}
static void destroy(void *value) {
  __atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
  __atomic_add_fetch(&sum, (int)(long)value, __ATOMIC_SEQ_CST);
}

static void *run(void *argument) {
  pthread_once(&once, make);
  if (made != 1) puts("not yet made");
  if (pthread_getspecific(key) != NULL) puts("not empty");
  pthread_setspecific(key, argument);
  sched_yield();
  if (pthread_getspecific(key) != argument) puts("not the own value");
  if ((long)argument % 2) pthread_exit(NULL);
  return NULL;
}

int main(void) {
  pthread_t thread[8];
  pthread_key_create(&key, destroy);
  for (long i = 0; i < 8; i++) pthread_create(&thread[i], NULL, run, (void *)(i + 1));
  for (int i = 0; i < 8; i++) pthread_join(thread[i], NULL);
  printf("made %d, destroyed %d, sum %d\n", made, destroyed, sum);
}
