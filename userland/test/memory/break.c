// The heap grows and shrinks by brk(2), begins with zeros again, and has RLIMIT_DATA as its limit.
#include "check.h"

int main(void) {
  char *begin = sbrk(0);
  CHECK(sbrk(10000) == begin);
  CHECK((char *)sbrk(0) == begin + 10000);
  CHECK(begin[9999] == 0);
  memset(begin, 'x', 10000);
  SHOW(brk(begin));
  CHECK(sbrk(0) == begin);
  sbrk(100000);
  char *page = (char *)(((long)begin + 4095) & -4096L);
  CHECK(page[0] == 0 && page[4096] == 0);
  SHOW(brk((void *)1));
  CHECK((char *)sbrk(0) == begin + 100000);
  SHOW(setrlimit(RLIMIT_DATA, &(struct rlimit){16 << 20, RLIM_INFINITY}));
  SHOW_OK((long)sbrk(8 << 20));
  SHOW_OK((long)sbrk(16 << 20));
  SHOW_OK(mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
  SHOW_OK(mmap(NULL, 16 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
}
