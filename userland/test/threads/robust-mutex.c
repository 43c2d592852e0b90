// A robust mutex tells the next owner that the last one died holding it: pthread_mutexattr_setrobust(3).
#include "check.h"

static pthread_mutex_t *mutex;

static void *dies(void *unused) {
  pthread_mutex_lock(mutex);
  return NULL;
}

static void next(const char *what) {
  int result = pthread_mutex_lock(mutex);
  printf("%s: %s\n", what, result == 0 ? "locked" : strerrorname_np(result));
}

int main(void) {
  mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t a;
  pthread_mutexattr_init(&a);
  pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(mutex, &a);
  pthread_t thread;
  pthread_create(&thread, NULL, dies, NULL);
  pthread_join(thread, NULL);
  next("after a thread");
  pthread_mutex_consistent(mutex);
  pthread_mutex_unlock(mutex);
  next("made consistent");
  pthread_mutex_unlock(mutex);
  pid_t child = fork();
  if (child == 0) {
    pthread_mutex_lock(mutex);
    _exit(0);
  }
  show_end("child", child);
  next("after a process");
  pthread_mutex_consistent(mutex);
  pthread_mutex_unlock(mutex);
  int ready[2];
  char byte;
  pipe(ready);
  child = fork();
  if (child == 0) {
    pthread_mutex_lock(mutex);
    write(ready[1], "x", 1);
    pause();
  }
  read(ready[0], &byte, 1);
  printf("trylock: %s\n", strerrorname_np(pthread_mutex_trylock(mutex)));
  pid_t killer = fork();
  if (killer == 0) {
    usleep(20000);
    kill(child, SIGKILL);
    _exit(0);
  }
  next("while waiting"); /* woken by the death */
  pthread_mutex_unlock(mutex); /* not made consistent */
  next("given up");
}
