// Stack sizes, guard pages, names and affinities of threads: pthread_attr_setstacksize(3), pthread_setname_np(3).
#include "check.h"

static void *deep(void *unused) {
  volatile char big[3 << 20];
  for (unsigned i = 0; i < sizeof big; i += 4096) big[i] = 1;
  char name[20];
  pthread_getname_np(pthread_self(), name, sizeof name);
  printf("in %s\n", name);
  return (void *)(long)big[4096];
}

static void *overflows(void *unused) {
  volatile char big[2 << 20];
  for (long i = sizeof big - 1; i >= 0; i -= 4096) big[i] = 1;
  return NULL;
}

static void small_stack(void) {
  pthread_attr_t a;
  pthread_t thread;
  pthread_attr_init(&a);
  pthread_attr_setstacksize(&a, 65536);
  pthread_attr_setguardsize(&a, 4 << 20);
  pthread_create(&thread, &a, overflows, NULL);
  pthread_join(thread, NULL);
}

static pthread_barrier_t barrier;
static void *waits(void *unused) {
  pthread_barrier_wait(&barrier);
  return deep(unused);
}

int main(void) {
  pthread_attr_t a;
  pthread_t thread;
  size_t size;
  void *where, *result;
  pthread_attr_init(&a);
  CHECK(pthread_attr_setstacksize(&a, 1000) == EINVAL);
  CHECK(pthread_attr_setstacksize(&a, 4 << 20) == 0);
  pthread_barrier_init(&barrier, NULL, 2);
  pthread_create(&thread, &a, waits, NULL);
  CHECK(pthread_setname_np(thread, "a thread") == 0);
  CHECK(pthread_setname_np(thread, "a name that is too long") == ERANGE);
  pthread_barrier_wait(&barrier);
  pthread_join(thread, &result);
  printf("%ld\n", (long)result);
  in_child("overflow into the guard", small_stack);
  pthread_getattr_np(pthread_self(), &a);
  pthread_attr_getstack(&a, &where, &size);
  CHECK((char *)&a > (char *)where && (char *)&a < (char *)where + size);
  cpu_set_t set;
  CHECK(pthread_getaffinity_np(pthread_self(), sizeof set, &set) == 0);
  CHECK(CPU_COUNT(&set) >= 1);
}
