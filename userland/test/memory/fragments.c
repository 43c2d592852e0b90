// Ten thousand mappings of a page each, with holes between them; large reservations; limits: mmap(2), setrlimit(2).
#include "check.h"

int main(void) {
  enum { PAGES = 20000 };
  char *area = mmap(NULL, PAGES * 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (int i = 0; i < PAGES; i += 2) area[i * 4096L] = (char)i;
  for (int i = 1; i < PAGES; i += 2) MUST(munmap(area + i * 4096L, 4096));
  int same = 0;
  for (int i = 0; i < PAGES; i += 2) same += area[i * 4096L] == (char)i;
  printf("%d\n", same);
  /* holes are filled, rights alternate */
  int inside = 0;
  for (int i = 1; i < PAGES; i += 2) {
    char *page = mmap(area + i * 4096L, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    inside += page == area + i * 4096L;
  }
  printf("%d\n", inside);
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < PAGES; i += 2) area[i * 4096L]++;
    _exit(0);
  }
  show_end("child", child);
  for (int i = 0; i < PAGES; i += 2) same -= area[i * 4096L] == (char)i;
  printf("%d\n", same);
  MUST(munmap(area, PAGES * 4096L));
  /* reservations of a GiB, used here and there */
  char *big = mmap(NULL, 1L << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(big != MAP_FAILED);
  for (long at = 0; at < 1L << 30; at += 1L << 26) {
    MUST(mprotect(big + at, 4096, PROT_READ | PROT_WRITE));
    big[at] = 1;
  }
  char *more = mmap(NULL, 1L << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(more != MAP_FAILED);
  long sum = 0;
  for (long at = 0; at < 1L << 30; at += 1L << 24) sum += more[at];
  printf("%ld\n", sum);
  MUST(munmap(big, 1L << 30));
  MUST(munmap(more, 1L << 30));
  /* limits */
  struct rlimit limit = {64 << 20, 64 << 20};
  MUST(setrlimit(RLIMIT_DATA, &limit));
  CHECK(mmap(NULL, 128 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
  CHECK(malloc(100 << 20) == NULL);
  CHECK(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
  limit.rlim_cur = limit.rlim_max = 200 << 20;
  MUST(setrlimit(RLIMIT_AS, &limit));
  CHECK(mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == ENOMEM);
  CHECK(mmap(NULL, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}
