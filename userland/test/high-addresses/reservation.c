// Terabytes can be reserved, parts of them used, given back, and used again.
#include "check.h"
#include <setjmp.h>

static const size_t TIB = 1UL << 40;
static sigjmp_buf place;
static char *faulted;

static void handler(int number, siginfo_t *info, void *context) {
  faulted = info->si_addr;
  siglongjmp(place, info->si_code);
}

static void touch(const char *what, volatile char *at) {
  int code = sigsetjmp(place, 1);
  if (code == 0) printf("%s: %d\n", what, (*at)++);
  else printf("%s: code %d, address as expected %d\n", what, code, faulted == at);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  char *p = mmap(NULL, TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  touch("reserved", p + TIB / 2);
  for (int i = 0; i < 100; i++) {
    char *part = p + i * (TIB / 100 & -4096UL);
    MUST(mprotect(part, 8192, PROT_READ | PROT_WRITE));
    memset(part, i, 8192);
  }
  int good = 1;
  for (int i = 0; i < 100; i++) {
    char *part = p + i * (TIB / 100 & -4096UL);
    good &= part[0] == i && part[8191] == i;
  }
  CHECK(good);
  touch("used", p);
  touch("behind it", p + 8192);
  SHOW(madvise(p, TIB, MADV_DONTNEED));
  touch("given back", p);
  SHOW(mprotect(p, TIB, PROT_NONE));
  touch("closed", p);
  SHOW(munmap(p + TIB / 4, TIB / 2));
  touch("unmapped", p + TIB / 2);
  SHOW(mprotect(p, TIB, PROT_READ));
  SHOW(munmap(p, TIB));
  /* without being accounted for, it may be writable */
  p = mmap(NULL, 16 * TIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(p != MAP_FAILED);
  for (int i = 0; i < 16; i++) p[i * TIB + 5] = (char)i;
  touch("sparse", p + 15 * TIB + 5);
  touch("sparse", p + 15 * TIB + 6);
  SHOW(munmap(p, 16 * TIB));
  /* but not everything is to be had */
  SHOW_OK(mmap(NULL, 64 * TIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  SHOW_OK(mmap(NULL, 128 * TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  SHOW_OK(mmap(NULL, -4096UL, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  /* limits are of what is mapped, not of what is used */
  struct rlimit limit = {TIB, TIB};
  MUST(setrlimit(RLIMIT_AS, &limit));
  SHOW_OK(mmap(NULL, TIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  SHOW_OK(p = mmap(NULL, TIB / 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  SHOW_OK(mmap(NULL, TIB / 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}
