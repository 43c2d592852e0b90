// RLIMIT_AS bounds the address space, RLIMIT_MEMLOCK what is locked, RLIMIT_STACK the stack: setrlimit(2).
#include "check.h"

static void address_space(void) {
  MUST(setrlimit(RLIMIT_AS, &(struct rlimit){64 << 20, 64 << 20}));
  SHOW_OK(mmap(NULL, 16 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
  SHOW_OK(mmap(NULL, 64 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
  CHECK(malloc(60 << 20) == NULL);
  CHECK(malloc(1000) != NULL);
}

static void locked(void) {
  if (getuid() == 0) MUST(setresuid(4321, 4321, 4321));
  setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){16384, 16384});
  char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  SHOW(mlock(p, 12288));
  SHOW(mlock(p + 12288, 8192));
  SHOW(mlock(p, 16384));
  SHOW(munlock(p, 16384));
  SHOW(mlock(p + 20000, 100));
  SHOW(mlockall(MCL_CURRENT));
  SHOW(mlockall(8));
  SHOW_OK(mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0) == MAP_FAILED ? -1 : 0);
  SHOW(mlock((void *)4096, 4096));
}

__attribute__((noinline)) static int use(int depth) {
  volatile char frame[4096];
  frame[0] = depth;
  return depth == 0 ? frame[0] : use(depth - 1) + frame[0];
}
static void small_stack(void) {
  setrlimit(RLIMIT_STACK, &(struct rlimit){256 << 10, RLIM_INFINITY});
  use(40);
  puts("160 KiB used");
  use(100);
  puts("400 KiB used");
}

int main(void) {
  in_child("address space", address_space);
  in_child("locked memory", locked);
  in_child("stack", small_stack);
}
