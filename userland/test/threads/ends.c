// The first thread may end and the process goes on; exit in any thread ends it: pthread_exit(3), exit_group(2).
#include "check.h"

static pthread_t first;

static void *outlives(void *unused) {
  printf("join: %d\n", pthread_join(first, NULL));
  char line[256] = {0};
  FILE *file = fopen("/proc/self/stat", "r");
  fgets(line, sizeof line, file);
  printf("state of the first thread: %c\n", strrchr(line, ')')[2]);
  exit(12);
}
static void first_ends(void) {
  pthread_t thread;
  first = pthread_self();
  pthread_create(&thread, NULL, outlives, NULL);
  pthread_exit(NULL);
}

static void *nothing(void *unused) { return NULL; }
static void all_end(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, nothing, NULL);
  pthread_exit(NULL);
}

static void *exits(void *unused) {
  usleep(5000);
  _exit(13);
}
static void *loops(void *unused) {
  for (volatile long i = 0;; i++) {}
}
static void one_exits(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, loops, NULL);
  pthread_create(&thread, NULL, exits, NULL);
  pause();
}

static void *crashes(void *unused) {
  *(volatile int *)16 = 1;
  return NULL;
}
static void one_crashes(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, loops, NULL);
  pthread_create(&thread, NULL, crashes, NULL);
  pause();
}

static void *raw(void *unused) {
  syscall(SYS_exit, 77);
  return NULL;
}
static void raw_exit(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, raw, NULL);
  usleep(20000);
  exit(3);
}

int main(void) {
  in_child("the first thread ends", first_ends);
  in_child("all threads end", all_end);
  in_child("one thread exits", one_exits);
  in_child("one thread crashes", one_crashes);
  in_child("one thread calls exit(2)", raw_exit);
}
