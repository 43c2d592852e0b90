// A sealed mapping can be neither unmapped nor changed nor replaced: mseal(2).
#include "check.h"

int main(void) {
  char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  p[4096] = 'x';
  SHOW(syscall(462, p + 4096, 4096, 0));
  SHOW(munmap(p + 4096, 4096));
  SHOW(munmap(p, 3 * 4096));
  SHOW(mprotect(p, 3 * 4096, PROT_READ));
  CHECK(mremap(p + 4096, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED && errno == EPERM);
  CHECK(mmap(p, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EPERM);
  SHOW(madvise(p + 4096, 4096, MADV_DONTNEED));
  printf("%c\n", p[4096]);
  SHOW(munmap(p, 4096));
  SHOW(syscall(462, p, 8192, 0));
  SHOW(syscall(462, p + 4096, 4096, 1));
  SHOW(syscall(462, p + 4097, 4096, 0));
}
