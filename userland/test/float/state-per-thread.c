// Each thread has its own rounding mode and registers; a new one inherits the mode; so do children: fenv(3), clone(2).
#include "check.h"
#include <fenv.h>

static pthread_barrier_t barrier;

static void *run(void *argument) {
  int inherited = fegetround() == FE_UPWARD;
  int mode = (long)argument == 0 ? FE_DOWNWARD : FE_TOWARDZERO;
  fesetround(mode);
  volatile double sum = 0, third = 3;
  int changed = 0;
  for (int i = 0; i < 50; i++) {
    pthread_barrier_wait(&barrier);
    for (int n = 1; n < 200; n++) sum += 1 / (third * n);
    changed += fegetround() != mode;
  }
  pthread_barrier_wait(&barrier);
  if ((long)argument == 1) pthread_barrier_wait(&barrier);
  printf("thread %ld: inherited %d, changed %d, %a\n", (long)argument, inherited, changed, sum);
  if ((long)argument == 0) pthread_barrier_wait(&barrier);
  return NULL;
}

int main(void) {
  pthread_t thread[2];
  pthread_barrier_init(&barrier, NULL, 2);
  fesetround(FE_UPWARD);
  for (long i = 0; i < 2; i++) pthread_create(&thread[i], NULL, run, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(thread[i], NULL);
  CHECK(fegetround() == FE_UPWARD);
  pid_t child = fork();
  if (child == 0) exit(fegetround() == FE_UPWARD);
  show_end("child", child);
}
