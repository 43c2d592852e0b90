// Parts of mappings go, the rest stays; neighbours are as if made alone: munmap(2).
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;
static void handler(int number) { siglongjmp(place, 1); }

static const char *state(char *p) {
  if (sigsetjmp(place, 1)) return "gone";
  return *p == 'x' ? "there" : "changed";
}

int main(void) {
  signal(SIGSEGV, handler);
  char *p = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 8; i++) p[i * 4096] = 'x';
  SHOW(munmap(p + 4096, 4096));
  SHOW(munmap(p + 3 * 4096, 4096 + 1));
  SHOW(munmap(p + 4096, 4096));
  for (int i = 0; i < 8; i++) printf("%d %s\n", i, state(p + i * 4096));
  SHOW(munmap(p + 1, 4096));
  SHOW(munmap(p, 0));
  SHOW(munmap((void *)0xfffffffffffff000, 4096));
  SHOW(munmap(p, 1UL << 62));
  char *again = mmap(p + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(again == p + 4096); /* a hint that is free is taken */
  CHECK(again[0] == 0);
  char *other = mmap(p + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(other != p + 4096);
  SHOW(mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
  CHECK(mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
  printf("replaced: %d\n", p[0]);
}
