// Code written through one mapping of a memfd and run through another: memfd_create(2).
#include "check.h"

int main(void) {
  int fd = MUST(memfd_create("code", 0));
  MUST(ftruncate(fd, 8192));
  unsigned char *writable = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  unsigned char *code = mmap(NULL, 8192, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  int (*function)(void) = (int (*)(void))code;
  long sum = 0;
  for (int round = 0; round < 200; round++) {
    writable[0] = 0xb8;
    memcpy(writable + 1, &round, 4);
    writable[5] = 0xc3;
    for (int i = 0; i < 100; i++) sum += function();
  }
  printf("%ld\n", sum);
  /* by a system call */
  for (int round = 0; round < 50; round++) {
    MUST(pwrite(fd, &round, 4, 1));
    for (int i = 0; i < 100; i++) sum -= function();
  }
  printf("%ld\n", sum);
  /* by another process */
  for (int round = 1000; round < 1003; round++) {
    pid_t child = fork();
    if (child == 0) {
      memcpy(writable + 1, &round, 4);
      _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("%d\n", function());
  }
}
