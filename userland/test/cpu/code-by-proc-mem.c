// Code is written to by way of /proc/self/mem, which asks for no right to write: proc(5).
#include "check.h"

__attribute__((noinline, aligned(4096))) static int five(void) {
  int value = 5;
  asm volatile("" : "+r"(value));
  return value;
}

int main(void) {
  int fd = MUST(open("/proc/self/mem", O_RDWR));
  static const unsigned char seven[] = {0xb8, 7, 0, 0, 0, 0xc3};
  int (*volatile function)(void) = five;
  long sum = 0;
  for (int i = 0; i < 50000; i++) sum += function();
  printf("%ld\n", sum);
  SHOW(pwrite(fd, seven, sizeof seven, (off_t)five));
  printf("%d\n", function());
  for (int i = 0; i < 2000; i++) {
    MUST(pwrite(fd, &i, 4, (off_t)five + 1));
    if (function() != i) printf("%d is wrong\n", i);
  }
  /* one's parent's, while it waits */
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    char path[40];
    sprintf(path, "/proc/%d/mem", parent);
    int other = (int)MUST(open(path, O_RDWR));
    MUST(pwrite(other, &(int){77}, 4, (off_t)five + 1));
    printf("child %d\n", function());
    exit(0);
  }
  waitpid(child, NULL, 0);
  printf("parent %d\n", function());
  SHOW(pwrite(fd, "x", 1, 8));
  SHOW(pread(fd, &sum, 8, 0xffffffffff600000));
  SHOW(pread(fd, &sum, 8, 0x7fffffffff000));
}
