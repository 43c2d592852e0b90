// Pages are given back, kept from children, or wiped in them: madvise(2).
#include "check.h"

static int fd;

int main(void) {
  char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(p, 'x', 4 * 4096);
  SHOW(madvise(p + 4096, 4096, MADV_DONTNEED));
  printf("%c%d%c\n", p[0], p[4096], p[8192]);
  SHOW(madvise(p, 4096, MADV_WIPEONFORK));
  SHOW(madvise(p + 8192, 4096, MADV_DONTFORK));
  pid_t child = fork();
  if (child == 0) {
    unsigned char there;
    printf("child: %d, %s, %c\n", p[0], mincore(p + 8192, 4096, &there) == -1 ? "none" : "there", p[3 * 4096]);
    exit(0);
  }
  show_end("child", child);
  SHOW(madvise(p, 4096, MADV_KEEPONFORK));
  SHOW(madvise(p + 8192, 4096, MADV_DOFORK));
  child = fork();
  if (child == 0) exit(p[0] == 'x' && p[8192] == 'x');
  show_end("child", child);
  fd = open("f", O_RDWR | O_CREAT, 0644);
  write(fd, "file", 4);
  char *f = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  f[0] = 'F';
  SHOW(madvise(f, 4096, MADV_DONTNEED));
  printf("%s\n", f);
  SHOW(madvise(f, 4096, MADV_WIPEONFORK));
  char *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  SHOW(madvise(s, 4096, MADV_REMOVE));
  printf("removed: %d, size ", s[0]);
  struct stat st;
  fstat(fd, &st);
  printf("%ld\n", (long)st.st_size);
  SHOW(madvise(p, 4 * 4096, MADV_WILLNEED));
  SHOW(madvise(p, 4096, MADV_FREE));
  p[0] = 'y';
  printf("%c\n", p[0]);
  SHOW(madvise(p + 1, 4096, MADV_DONTNEED));
  SHOW(madvise(p, 0, MADV_DONTNEED));
  SHOW(madvise(p, 4096, MADV_POPULATE_WRITE));
}
