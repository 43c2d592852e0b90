// Futexes in shared memory are one for all processes that map it, at whatever address: futex(2).
#include "check.h"
#include <linux/futex.h>

static void pingpong(int *mine, int *theirs, const char *what) {
  *mine = 0;
  pid_t child = fork();
  if (child == 0) {
    for (int i = 1; i <= 50; i++) {
      while (__atomic_load_n(theirs, __ATOMIC_SEQ_CST) != 2 * i - 1)
        syscall(SYS_futex, theirs, FUTEX_WAIT, 2 * i - 2, NULL, NULL, 0);
      __atomic_store_n(theirs, 2 * i, __ATOMIC_SEQ_CST);
      syscall(SYS_futex, theirs, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
    exit(0);
  }
  for (int i = 1; i <= 50; i++) {
    __atomic_store_n(mine, 2 * i - 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, mine, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (__atomic_load_n(mine, __ATOMIC_SEQ_CST) != 2 * i)
      syscall(SYS_futex, mine, FUTEX_WAIT, 2 * i - 1, NULL, NULL, 0);
  }
  printf("%s: %d, ", what, *mine);
  show_end("child", child);
}

int main(void) {
  int *anonymous = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pingpong(anonymous, anonymous, "anonymous");
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  ftruncate(fd, 8192);
  int *a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
  int *b = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  pingpong(a, b + 1024, "a file at two addresses");
  /* private ones are not shared by a fork */
  static int word;
  pid_t child = fork();
  if (child == 0)
    _exit(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &(struct timespec){0, 30000000}, NULL, 0) == -1 && errno == ETIMEDOUT);
  usleep(10000);
  SHOW(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
  show_end("child", child);
}
