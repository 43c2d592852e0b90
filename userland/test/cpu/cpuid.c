// What cpuid announces is consistent: the vendor, baseline features, and that announced ones work.
#include "check.h"
#include <cpuid.h>

int main(void) {
  unsigned a, b, c, d;
  __cpuid(0, a, b, c, d);
  CHECK(a >= 7);
  __cpuid(1, a, b, c, d);
  CHECK((d & bit_CMOV) && (d & bit_MMX) && (d & bit_FXSAVE) && (d & bit_SSE) && (d & bit_SSE2));
  CHECK(d & 1);       /* x87 */
  CHECK(d & 1 << 8);  /* cmpxchg8b */
  CHECK(d & 1 << 4);  /* rdtsc */
  int has_popcnt = (c & bit_POPCNT) != 0;
  unsigned long n = 0x123456789abcdef0, r = 32;
  if (has_popcnt) asm("popcnt %1, %0" : "=r"(r) : "r"(n));
  CHECK(r == 32);
  if (c & bit_OSXSAVE) {
    unsigned low, high;
    asm("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    CHECK((low & 3) == 3);
  } else {
    puts("(low & 3) == 3: yes");
  }
  __cpuid(0x80000000, a, b, c, d);
  CHECK(a >= 0x80000008);
  __cpuid(0x80000001, a, b, c, d);
  CHECK(d & 1 << 29); /* long mode */
  CHECK(d & 1 << 11); /* syscall */
  CHECK(c & 1);       /* lahf in long mode */
  unsigned name[13] = {0};
  for (int i = 0; i < 3; i++)
    __cpuid(0x80000002 + i, name[i * 4], name[i * 4 + 1], name[i * 4 + 2], name[i * 4 + 3]);
  CHECK(strlen((char *)name) > 0);
  unsigned long first, second;
  asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax" : "=a"(first) : : "rdx");
  usleep(2000);
  asm volatile("rdtsc; shl $32, %%rdx; or %%rdx, %%rax" : "=a"(second) : : "rdx");
  CHECK(second > first);
}
