// Where mmap(2) puts what is wished for, at the ends of the address space and beyond.
#include "check.h"

static void wish(const char *what, unsigned long at, size_t length, int flags) {
  char *p = mmap((void *)at, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
  printf("%s: ", what);
  if (p == MAP_FAILED) {
    puts(strerrorname_np(errno));
    return;
  }
  puts((unsigned long)p == at ? "there" : (unsigned long)p < 1UL << 32 ? "low" : "elsewhere");
  munmap(p, length);
}

int main(void) {
  const unsigned long end = 0x7ffffffff000;
  wish("high", 0x123456789000, 4096, 0);
  wish("high, large", 0x100000000000, 1UL << 40, 0);
  wish("at 4 GiB", 1UL << 32, 4096, 0);
  wish("across 4 GiB", (1UL << 32) - 4096, 8192, 0);
  wish("the last page", end - 4096, 4096, 0);
  wish("past the end", end, 4096, 0);
  wish("2^47", 1UL << 47, 4096, 0);
  wish("2^56", 1UL << 56, 4096, 0);
  wish("kernel half", -4096UL, 4096, 0);
  wish("end of a wish", end - 4096, 8192, 0);
  wish("in the lowest 2 GiB", 0, 4096, MAP_32BIT);
  wish("high, in the lowest 2 GiB", 0x123456789000, 4096, MAP_32BIT);
  wish("too large for them", 0, 3UL << 30, MAP_32BIT);
  wish("fixed, high", 0x123456789000, 4096, MAP_FIXED);
  wish("fixed, high, with MAP_32BIT", 0x123456789000, 4096, MAP_FIXED | MAP_32BIT);
  wish("fixed, past the end", end, 4096, MAP_FIXED);
  wish("fixed, across the end", end - 4096, 8192, MAP_FIXED);
  wish("fixed, 2^47", 1UL << 47, 4096, MAP_FIXED);
  wish("fixed, kernel half", -8192UL, 4096, MAP_FIXED);
  wish("fixed, not replacing", 0x123456789000, 4096, MAP_FIXED_NOREPLACE);
  mmap((void *)0x123456789000, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  wish("taken", 0x123456789000, 4096, 0);
  wish("taken, not replacing", 0x123456788000, 8192, MAP_FIXED_NOREPLACE);
  wish("longer than all", 0, 1UL << 47, 0);
  wish("fixed, longer than all", 4096, 1UL << 47, MAP_FIXED);
  SHOW(munmap((void *)end, 4096));
  SHOW(munmap((void *)(end - 4096), 8192));
  SHOW(munmap((void *)(1UL << 62), 4096));
  SHOW(munmap((void *)(end - (1UL << 30)), 0));
  SHOW(mprotect((void *)end, 4096, PROT_READ));
  SHOW(mprotect((void *)-4096UL, 8192, PROT_READ));
  SHOW(madvise((void *)end, 4096, MADV_DONTNEED));
  unsigned char present[2];
  SHOW(mincore((void *)end, 4096, present));
  SHOW(mincore((void *)0x123456789000, 4096, present));
  SHOW(mlock((void *)end, 4096));
  SHOW(msync((void *)end, 4096, MS_SYNC));
}
