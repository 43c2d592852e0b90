// mremap(2) grows, shrinks and moves mappings across boundaries of 4 GiB.
#include "check.h"

static const unsigned long EDGE = 0x200000000000;

static void show_at(const char *what, void *at, void *base) {
  if (at == MAP_FAILED) printf("%s: %s\n", what, strerrorname_np(errno));
  else printf("%s: %+ld pages\n", what, (long)((char *)at - (char *)base) / 4096);
}

int main(void) {
  char *p = mmap((void *)(EDGE - 8192), 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  strcpy(p, "low");
  strcpy(p + 8188, "end");
  show_at("grows over the edge", mremap(p, 8192, 65536, 0), p);
  strcpy(p + 8192, "beyond");
  memcpy(p + 8190, "ed", 2);
  printf("%s %s %s\n", p, p + 8188, p + 8192);
  char *to = (char *)0x340000000 - 4096;
  show_at("moves down", mremap(p, 65536, 65536, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
  printf("%s %s %s\n", to, to + 8188, to + 8192);
  CHECK(msync(p, 4096, MS_ASYNC) == -1 && errno == ENOMEM);
  show_at("moves up", mremap(to, 65536, 131072, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(0x600100000000 - 65536)), (void *)(0x600100000000 - 65536));
  p = (char *)0x600100000000 - 65536;
  printf("%s %s, new %d\n", p, p + 8192, p[131071]);
  show_at("shrinks", mremap(p, 131072, 4096, 0), p);
  CHECK(msync(p + 65536, 4096, MS_ASYNC) == -1 && errno == ENOMEM);
  /* more than 4 GiB of it */
  size_t large = 6UL << 30;
  p = mmap((void *)0x700000000000, large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  strcpy(p, "first");
  strcpy(p + (5UL << 30), "fifth");
  show_at("a large one", mremap(p, large, large, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x400000000), (void *)0x400000000);
  p = (char *)0x400000000;
  printf("%s %s\n", p, p + (5UL << 30));
  show_at("grows", mremap(p, large, 2 * large, 0), p);
  strcpy(p + 2 * large - 8, "end");
  show_at("shrinks", mremap(p, 2 * large, 2UL << 30, 0), p);
  CHECK(msync(p + (5UL << 30), 4096, MS_ASYNC) == -1 && errno == ENOMEM);
  puts(p);
  /* what cannot be */
  unsigned long end = 0x7ffffffff000;
  show_at("past the end", mremap(p, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(end - 4096)), p);
  show_at("far past the end", mremap(p, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(1UL << 50)), p);
  show_at("everything", mremap(p, 4096, end, MREMAP_MAYMOVE), p);
  show_at("more than everything", mremap(p, 4096, end + 4096, MREMAP_MAYMOVE), p);
  show_at("nothing there", mremap((void *)(1UL << 45), 4096, 8192, MREMAP_MAYMOVE), p);
  show_at("no address", mremap((void *)(1UL << 60), 4096, 8192, MREMAP_MAYMOVE), p);
}
