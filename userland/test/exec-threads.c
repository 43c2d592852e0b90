/* execve(2) in a process with threads: all others end, and the caller has the process's number. */
#include "check.h"
#include <dirent.h>

static pid_t first;

static void *sleep_on(void *unused) {
  pause();
  return unused;
}

static void *execute(void *unused) {
  char number[16];
  snprintf(number, sizeof number, "%d", first);
  CHECK(gettid() != first);
  execl("/proc/self/exe", "again", number, NULL);
  return unused;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    CHECK(atoi(argv[1]) == getpid());
    CHECK(gettid() == getpid());
    int count = 0;
    DIR *threads = opendir("/proc/self/task");
    for (struct dirent *entry; (entry = readdir(threads)) != NULL;) count += entry->d_name[0] != '.';
    SHOW(count);
    return 0;
  }
  first = getpid();
  pthread_t threads[3];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, sleep_on, NULL);
  pthread_create(&threads[2], NULL, execute, NULL);
  for (;;) pause();
}
