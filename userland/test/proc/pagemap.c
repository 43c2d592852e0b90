// /proc/PID/pagemap: which pages are there, and whose they are: proc_pid_pagemap(5).
#include "check.h"

static int fd;

static void page(const char *what, const void *at) {
  uint64_t entry = 0;
  ssize_t count = pread(fd, &entry, 8, (off_t)((uintptr_t)at / 4096 * 8));
  printf("%s: %zd, present %d, swapped %d, file %d, once %d\n", what, count, (int)(entry >> 63),
         (int)(entry >> 62 & 1), (int)(entry >> 61 & 1), (int)(entry >> 56 & 1));
}

int main(void) {
  struct stat status;
  uint64_t entries[4];
  SHOW_OK(fd = open("/proc/self/pagemap", O_RDONLY));
  SHOW(fstat(fd, &status));
  printf("%o %ld\n", status.st_mode, (long)status.st_size);

  char *private = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  madvise(private, 8 * 4096, MADV_NOHUGEPAGE);
  page("untouched", private);
  CHECK(*(volatile char *)(private + 4096) == 0);
  page("only read", private + 4096);
  private[8192] = 1;
  page("written", private + 8192);
  page("shared, untouched", shared);
  *shared = 1;
  page("shared", shared);
  pid_t child = (pid_t)MUST(fork());
  if (child == 0) {
    fd = (int)MUST(open("/proc/self/pagemap", O_RDONLY));
    page("inherited", private + 8192);
    private[8192] = 2;
    page("own copy", private + 8192);
    *shared = 2;
    page("shared with the parent", shared);
    exit(0);
  }
  show_end("child", child);
  page("alone again", private + 8192);
  char *high = mmap((void *)0x300000000000, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  *high = 1;
  page("far up", high);
  munmap(private, 8 * 4096);
  page("unmapped", private + 8192);
  page("nothing", (void *)0x10000);

  SHOW(pread(fd, entries, 7, 0));
  SHOW(pread(fd, entries, 8, 4));
  SHOW(pread(fd, entries, 0, 0));
  SHOW(pread(fd, entries, 32, 0x7fffffffe000 / 4096 * 8));
  SHOW(pread(fd, entries, 32, 0x7ffffffff000 / 4096 * 8));
  SHOW(pread(fd, entries, 8, 1L << 40));
  SHOW(lseek(fd, 16, SEEK_SET));
  SHOW(read(fd, entries, 16));
  SHOW(lseek(fd, 0, SEEK_CUR));
  SHOW(lseek(fd, 0, SEEK_END));
  SHOW(write(fd, entries, 8));
  SHOW(pread(fd, (void *)8, 8, 0));
  SHOW_OK(open("/proc/self/pagemap", O_RDWR));
}
