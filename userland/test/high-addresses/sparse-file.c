// A file of 5 GiB with nothing in it can be mapped as a whole and touched at its ends.
#include "check.h"

static const size_t SIZE = 5UL << 30;

int main(void) {
  int fd = (int)MUST(open("file", O_RDWR | O_CREAT, 0644));
  SHOW(ftruncate(fd, SIZE));
  char *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  CHECK(shared != MAP_FAILED);
  strcpy(shared, "first");
  strcpy(shared + SIZE - 8, "last");
  strcpy(shared + (1UL << 32) - 3, "middle");
  char text[8];
  SHOW(pread(fd, text, 8, SIZE - 8));
  puts(text);
  SHOW(pread(fd, text, 7, (1UL << 32) - 3));
  puts(text);
  SHOW(pwrite(fd, "END", 4, SIZE - 8));
  puts(shared + SIZE - 8);
  char *own = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
  own[SIZE - 8] = 'e';
  printf("%s %s\n", own + SIZE - 8, shared + SIZE - 8);
  /* the end of a transfer that begins below 4 GiB of the file and ends above */
  char *buffer = malloc(1 << 20);
  SHOW(pread(fd, buffer, 1 << 20, (1UL << 32) - (1 << 19)));
  puts(buffer + (1 << 19) - 3);
  SHOW(write(open("copy", O_WRONLY | O_CREAT, 0644), shared + (1UL << 32) - 4096, 8192));
  struct stat status;
  fstat(fd, &status);
  CHECK(status.st_blocks * 512 < 1 << 20);
  SHOW(msync(shared, SIZE, MS_SYNC));
  SHOW(munmap(own, SIZE));
  /* a page in the middle, elsewhere */
  char *page = mmap((void *)0x123456789000, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, fd, SIZE - 4096);
  puts(page + 4088);
  SHOW(munmap(shared, SIZE));
}
