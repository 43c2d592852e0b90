/* A translated program's half of bench/nesting.mjs: nanoseconds of a null call and of a turn of a computing loop. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 5;
  volatile uint64_t keep;
  for (int i = 0; i < rounds; i++) {
    double begin = now();
    for (int j = 0; j < 20000; j++) syscall(SYS_getppid);
    printf("call %.1f\n", (now() - begin) / 20000);
    begin = now();
    uint64_t x = 88172645463325252ull;
    for (int j = 0; j < 20000000; j++) x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    keep = x;
    printf("loop %.3f\n", (now() - begin) / 20000000);
  }
  (void)keep;
}
