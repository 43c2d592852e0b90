// A private mapping shows the file and keeps its own changes to itself, over fork too: mmap(2) MAP_PRIVATE.
#include "check.h"

int main(void) {
  char text[16] = {0};
  int fd = open("f", O_RDWR | O_CREAT, 0644);
  ftruncate(fd, 10000);
  pwrite(fd, "hello", 5, 4096);
  char *p = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  printf("%s, then %d\n", p + 4096, p[9999]);
  p[4096] = 'J';
  pread(fd, text, 5, 4096);
  printf("file %s, mapping %s\n", text, p + 4096);
  pwrite(fd, "later", 5, 4096);
  pwrite(fd, "other", 5, 8192);
  printf("%s %s\n", p + 4096, p + 8192);
  CHECK(p[10000] == 0); /* the rest of the last page */
  p[10000] = 5;
  pid_t child = fork();
  if (child == 0) {
    printf("child %s\n", p + 4096);
    p[4096] = 'C';
    p[0] = 'c';
    exit(p[0]);
  }
  show_end("child", child);
  printf("%s %d\n", p + 4096, p[0]);
  close(fd);
  unlink("f");
  printf("%s\n", p + 8192);
}
