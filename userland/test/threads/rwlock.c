// Many read or one writes: pthread_rwlock_rdlock(3).
#include "check.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int a, b, wrong, most, now;

static void *reader(void *unused) {
  for (int i = 0; i < 200; i++) {
    pthread_rwlock_rdlock(&lock);
    int inside = __atomic_add_fetch(&now, 1, __ATOMIC_SEQ_CST);
    if (inside > most) most = inside;
    if (a != b) wrong++;
    if (i % 50 == 0) usleep(1000);
    if (a != b) wrong++;
    __atomic_sub_fetch(&now, 1, __ATOMIC_SEQ_CST);
    pthread_rwlock_unlock(&lock);
  }
  return NULL;
}

static void *writer(void *unused) {
  for (int i = 0; i < 100; i++) {
    pthread_rwlock_wrlock(&lock);
    if (now != 0) wrong++;
    a++;
    if (i % 25 == 0) usleep(1000);
    b++;
    pthread_rwlock_unlock(&lock);
  }
  return NULL;
}

int main(void) {
  pthread_t thread[6];
  for (int i = 0; i < 6; i++) pthread_create(&thread[i], NULL, i < 4 ? reader : writer, NULL);
  for (int i = 0; i < 6; i++) pthread_join(thread[i], NULL);
  printf("%d %d, wrong %d, several readers at once: %d\n", a, b, wrong, most > 1);
  CHECK(pthread_rwlock_rdlock(&lock) == 0);
  CHECK(pthread_rwlock_tryrdlock(&lock) == 0);
  CHECK(pthread_rwlock_trywrlock(&lock) == EBUSY);
  pthread_rwlock_unlock(&lock);
  pthread_rwlock_unlock(&lock);
  CHECK(pthread_rwlock_wrlock(&lock) == 0);
  CHECK(pthread_rwlock_tryrdlock(&lock) == EBUSY);
  CHECK(pthread_rwlock_wrlock(&lock) == EDEADLK);
}
