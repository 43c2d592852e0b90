// What mmap(2) and mprotect(2) refuse.
#include "check.h"

#define MAP(...) SHOW_OK(mmap(__VA_ARGS__) == MAP_FAILED ? -1 : 0)

int main(void) {
  int fd = open("f", O_RDWR | O_CREAT, 0644), write_only = open("f", O_WRONLY), pipes[2];
  pipe(pipes);
  MAP(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MAP(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0);
  MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0);
  MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0);
  MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 1);
  MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, write_only, 0);
  MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, pipes[0], 0);
  MAP(NULL, 4096, PROT_READ, MAP_PRIVATE, open("/", O_RDONLY), 0);
  MAP(NULL, 1UL << 50, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MAP(NULL, -1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MAP((void *)1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  MAP((void *)0xffffffffff000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  MAP(NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE | MAP_ANONYMOUS | 0x10000000, -1, 0);
  MAP(NULL, 4096, 0x1000, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  MAP((void *)12345, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(p + 4096, 4096);
  SHOW(mprotect(p, 8192, PROT_READ));
  SHOW(mprotect(p + 1, 4096, PROT_READ));
  SHOW(mprotect(p, 4096, 0x40));
  SHOW(mprotect(p, 0, PROT_READ));
  SHOW(mprotect(p, 4096, PROT_READ | PROT_GROWSDOWN));
  SHOW(mprotect((void *)0x7ffffffff000, 1UL << 48, PROT_READ));
  SHOW(madvise(p, 4096, 999));
  SHOW(madvise(p + 4096, 4096, MADV_DONTNEED));
  unsigned char there[4];
  SHOW(mincore(p, 4096, there));
  SHOW(mincore(p, 8192, there));
  SHOW(mincore(p + 1, 4096, there));
}
