// Holes read as zeros and take no blocks; data and holes can be found, made and filled: lseek(2) SEEK_HOLE, fallocate(2).
#include "check.h"

static int fd;

static void size(void) {
  struct stat s;
  fstat(fd, &s);
  printf("size %ld, blocks %ld\n", (long)s.st_size, (long)s.st_blocks);
}

/* Whether what fallocate made is data or a hole depends on the file system. */
static void map(void) {
  struct stat s;
  size();
  fstat(fd, &s);
  for (off_t at = 0; at < s.st_size;) {
    off_t data = lseek(fd, at, SEEK_DATA);
    if (data == -1) break;
    off_t end = lseek(fd, data, SEEK_HOLE);
    printf(" %ld..%ld", (long)data, (long)end);
    at = end;
  }
  puts("");
}

int main(void) {
  fd = open("f", O_RDWR | O_CREAT, 0644);
  ftruncate(fd, 1 << 20);
  map();
  pwrite(fd, "x", 1, 5000);
  pwrite(fd, "y", 1, 200000);
  map();
  SHOW(lseek(fd, 0, SEEK_HOLE));
  SHOW(lseek(fd, 300000, SEEK_DATA));
  SHOW(lseek(fd, 1 << 20, SEEK_HOLE));
  SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
  map();
  SHOW(fallocate(fd, 0, 0, 8192));
  SHOW(fallocate(fd, FALLOC_FL_KEEP_SIZE, 1 << 20, 4096));
  size();
  SHOW(fallocate(fd, 0, 1 << 20, 4096));
  SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
  SHOW(fallocate(fd, 0, -1, 10));
  SHOW(fallocate(fd, 0, 0, 0));
  SHOW(fallocate(fd, 0x1000, 0, 10));
  SHOW(posix_fallocate(fd, 0, 100));
  pwrite(fd, "tail", 4, 8000);
  SHOW(ftruncate(fd, 8001));
  SHOW(ftruncate(fd, 9000));
  char text[8] = {9, 9, 9, 9, 9, 9, 9, 9};
  SHOW(pread(fd, text, 8, 7999));
  printf("%d %c %d %d\n", text[0], text[1], text[2], text[7]);
  SHOW(ftruncate(fd, -1));
  SHOW(truncate("absent", 0));
  SHOW(truncate(".", 0));
}
