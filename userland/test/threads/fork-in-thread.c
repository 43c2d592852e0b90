// A fork copies only the thread that calls it; the process then has one thread: fork(2), pthread_create(3).
#include "check.h"

static volatile int ticks;
static __thread int own;

static void *counts(void *unused) {
  for (;;) {
    ticks++;
    usleep(500);
  }
}

static void *forks(void *unused) {
  own = 33;
  pid_t child = fork();
  if (child == 0) {
    int before = ticks;
    usleep(20000);
    struct stat s;
    stat("/proc/self/task", &s);
    printf("child: own %d, others run: %d, threads %d\n", own, ticks != before, (int)s.st_nlink - 2);
    pthread_t thread;
    pthread_create(&thread, NULL, counts, NULL);
    before = ticks;
    while (ticks == before) usleep(1000);
    puts("child: a new thread runs");
    exit(5);
  }
  show_end("child", child);
  return NULL;
}

int main(void) {
  pthread_t one, two;
  pthread_create(&one, NULL, counts, NULL);
  while (ticks < 5) usleep(1000);
  pthread_create(&two, NULL, forks, NULL);
  pthread_join(two, NULL);
  int before = ticks;
  while (ticks == before) usleep(1000);
  puts("parent: others run");
}
