// Mutexes, conditions and barriers in shared memory work between processes: pthread_mutexattr_setpshared(3).
#include "check.h"

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  pthread_barrier_t barrier;
  int count, turn;
} *s;

int main(void) {
  s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t m;
  pthread_condattr_t c;
  pthread_barrierattr_t b;
  pthread_mutexattr_init(&m);
  pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&s->mutex, &m);
  pthread_condattr_init(&c);
  pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&s->condition, &c);
  pthread_barrierattr_init(&b);
  pthread_barrierattr_setpshared(&b, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&s->barrier, &b, 3);
  for (int self = 0; self < 3; self++) {
    if (fork() != 0) continue;
    pthread_barrier_wait(&s->barrier);
    for (int i = 0; i < 300; i++) {
      pthread_mutex_lock(&s->mutex);
      s->count++;
      pthread_mutex_unlock(&s->mutex);
    }
    for (int round = 0; round < 3; round++) {
      pthread_mutex_lock(&s->mutex);
      while (s->turn % 3 != self) pthread_cond_wait(&s->condition, &s->mutex);
      printf("turn %d: process %d\n", s->turn++, self);
      pthread_cond_broadcast(&s->condition);
      pthread_mutex_unlock(&s->mutex);
    }
    exit(0);
  }
  while (wait(NULL) > 0) {}
  printf("%d\n", s->count);
}
