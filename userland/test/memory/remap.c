// Mappings shrink, grow in place or move with what is in them: mremap(2).
#include "check.h"

static char *make(int pages) {
  char *p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < pages; i++) p[i * 4096] = 'a' + i;
  return p;
}

int main(void) {
  unsigned char there;
  char *p = make(4);
  CHECK(mremap(p, 4 * 4096, 2 * 4096, 0) == p);
  CHECK(mincore(p + 2 * 4096, 4096, &there) == -1 && errno == ENOMEM);
  CHECK(mremap(p, 2 * 4096, 3 * 4096, 0) == p);
  printf("%c%c%d\n", p[0], p[4096], p[8192]);
  mmap(p + 3 * 4096, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  CHECK(mremap(p, 3 * 4096, 6 * 4096, 0) == MAP_FAILED && errno == ENOMEM);
  char *q = mremap(p, 3 * 4096, 600 * 4096, MREMAP_MAYMOVE);
  CHECK(q != MAP_FAILED && q != p);
  printf("%c%c%d%d\n", q[0], q[4096], q[8192], q[599 * 4096]);
  CHECK(mincore(p, 4096, &there) == -1);
  char *target = make(4), *r = mremap(q, 2 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  CHECK(r == target);
  printf("%c%c%d\n", r[0], r[4096], r[3 * 4096]);
  CHECK(q[2 * 4096] == 0); /* the rest of it stayed */
  char *s = make(2), *t = mremap(s, 8192, 8192, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
  CHECK(t != s && t[0] == 'a' && t[4096] == 'b' && s[0] == 0);
  char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char *twin = mremap(shared, 0, 4096, MREMAP_MAYMOVE);
  shared[0] = 'S';
  CHECK(twin != shared && twin[0] == 'S');
  SHOW_OK((long)mremap(p + 1, 4096, 4096, MREMAP_MAYMOVE));
  SHOW_OK((long)mremap(t, 8192, 0, MREMAP_MAYMOVE));
  SHOW_OK((long)mremap(t, 8192, 8192, 16));
  SHOW_OK((long)mremap(t, 8192, 8192, MREMAP_FIXED, target));
  SHOW_OK((long)mremap(t, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, t + 4096));
  munmap(t, 8192);
  SHOW_OK((long)mremap(t, 8192, 8192, MREMAP_MAYMOVE));
}
