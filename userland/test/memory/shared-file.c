// A shared mapping is the file: write(2), other mappings and other processes see each change: mmap(2) MAP_SHARED.
#include "check.h"

int main(void) {
  char text[16] = {0};
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  ftruncate(fd, 8192);
  char *a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  char *b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
  strcpy(a + 4096, "one");
  puts(b);
  strcpy(b, "two");
  pread(fd, text, 15, 4096);
  puts(text);
  pwrite(fd, "three", 6, 4096);
  printf("%s %s\n", a + 4096, b);
  pid_t child = fork();
  if (child == 0) {
    strcpy(b, "child");
    _exit(0);
  }
  show_end("child", child);
  puts(a + 4096);
  ftruncate(fd, 4100);
  printf("cut: [%s]\n", b);
  ftruncate(fd, 8192);
  printf("longer again: [%s] %d\n", b, b[5]);
  SHOW(msync(a, 8192, MS_SYNC));
  SHOW(munmap(a, 4096));
  SHOW(msync(a, 8192, MS_SYNC));
  SHOW(msync(b, 4096, MS_SYNC | MS_ASYNC));
  SHOW(msync(b + 1, 4096, MS_SYNC));
  int ro = open("f", O_RDONLY);
  SHOW(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED ? -1 : 0);
  SHOW_OK(mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, ro, 0) == MAP_FAILED ? -1 : 0);
  char *read_only = mmap(NULL, 4096, PROT_READ, MAP_SHARED, ro, 0);
  SHOW(mprotect(read_only, 4096, PROT_READ | PROT_WRITE));
}
