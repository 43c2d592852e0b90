// A mapping with MAP_GROWSDOWN grows when the page below it is touched, not further: mmap(2).
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;
static void handler(int number) { siglongjmp(place, 1); }

static void touch(const char *what, volatile char *p) {
  if (sigsetjmp(place, 1)) {
    printf("%s: fault\n", what);
    return;
  }
  *p = 1;
  printf("%s: ok\n", what);
}

int main(void) {
  signal(SIGSEGV, handler);
  char *area = mmap(NULL, 8 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(area, 8 << 20);
  char *p = mmap(area + (6 << 20), 4096, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  touch("inside", p);
  touch("the page below", p - 1);
  touch("the next page below", p - 4096 - 1);
  touch("above", p + 4096);
  mmap(area + (1 << 20), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  touch("near another mapping", area + (1 << 20) + 4096);
}
