// Descriptors inherited over a fork share one file offset, and status flags: fork(2), open(2).
#include "check.h"

int main(void) {
  int fd = MUST(open("f", O_RDWR | O_CREAT, 0644));
  pid_t child = fork();
  if (child == 0) {
    write(fd, "child", 5);
    fcntl(fd, F_SETFL, O_APPEND);
    close(fd);
    exit(0);
  }
  show_end("child", child);
  SHOW(lseek(fd, 0, SEEK_CUR));
  CHECK((fcntl(fd, F_GETFL) & O_APPEND) != 0);
  lseek(fd, 0, SEEK_SET);
  SHOW(write(fd, "+parent", 7));
  char text[32] = {0};
  SHOW(pread(fd, text, 31, 0));
  puts(text);
}
