// POSIX semaphores, without a name between threads, and with one between processes: sem_overview(7).
#include "check.h"
#include <semaphore.h>

static sem_t ping, pong;
static char log_[64];

static void *other(void *unused) {
  for (int i = 0; i < 5; i++) {
    sem_wait(&ping);
    strcat(log_, "b");
    sem_post(&pong);
  }
  return NULL;
}

int main(void) {
  sem_init(&ping, 0, 0);
  sem_init(&pong, 0, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, other, NULL);
  for (int i = 0; i < 5; i++) {
    strcat(log_, "a");
    sem_post(&ping);
    sem_wait(&pong);
  }
  pthread_join(thread, NULL);
  puts(log_);
  SHOW(sem_trywait(&ping));
  struct timespec past = {1, 0};
  SHOW(sem_timedwait(&ping, &past));
  char name[40];
  snprintf(name, sizeof name, "/c-programs-%d", getpid());
  sem_t *named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
  CHECK(named != SEM_FAILED);
  CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST);
  pid_t child = fork();
  if (child == 0) {
    sem_t *same = sem_open(name, 0);
    for (int i = 0; i < 3; i++) sem_post(same);
    _exit(0);
  }
  for (int i = 0; i < 3; i++) SHOW(sem_wait(named));
  show_end("child", child);
  int value = -1;
  sem_getvalue(named, &value);
  printf("%d\n", value);
  SHOW(sem_unlink(name));
  SHOW(sem_unlink(name));
}
