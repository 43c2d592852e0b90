// exec in any thread ends all others, and the process keeps its number: execve(2), pthreads(7).
#include "check.h"

static char pid[20];

static void *executes(void *unused) {
  execl("/proc/self/exe", "after", pid, NULL);
  return NULL;
}
static void *waits(void *unused) {
  for (;;) pause();
}
static void *computes(void *unused) {
  for (volatile unsigned i = 0;; i++) {}
}

int main(int argc, char **argv) {
  if (argc > 1) {
    CHECK(getpid() == atoi(argv[1]));
    CHECK(syscall(SYS_gettid) == getpid());
    int tasks = 0;
    for (char path[40] = "/proc/self/task"; tasks == 0;) {
      struct stat s;
      stat(path, &s);
      tasks = (int)s.st_nlink - 2;
    }
    printf("%d thread\n", tasks);
    return 6;
  }
  snprintf(pid, sizeof pid, "%d", getpid());
  pthread_t thread;
  pthread_create(&thread, NULL, waits, NULL);
  pthread_create(&thread, NULL, computes, NULL);
  pthread_create(&thread, NULL, executes, NULL);
  pause();
}
