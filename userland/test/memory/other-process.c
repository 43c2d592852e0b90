// One process reads and writes another one's memory: process_vm_readv(2), /proc/PID/mem.
#include "check.h"

static char data[8192] = "before";

int main(void) {
  int ready[2], go[2];
  char byte, text[32] = {0};
  pipe(ready);
  pipe(go);
  pid_t child = fork();
  if (child == 0) {
    strcpy(data, "of the child");
    write(ready[1], "x", 1);
    read(go[0], &byte, 1);
    printf("child: %s, %s\n", data, data + 5000);
    exit(0);
  }
  read(ready[0], &byte, 1);
  struct iovec here[2] = {{text, 5}, {text + 10, 7}}, there = {data, 12};
  SHOW(process_vm_readv(child, here, 2, &there, 1, 0));
  printf("%s|%s\n", text, text + 10);
  struct iovec from = {"written", 8};
  there = (struct iovec){data + 5000, 8};
  SHOW(process_vm_writev(child, &from, 1, &there, 1, 0));
  there = (struct iovec){(void *)16, 8};
  SHOW(process_vm_readv(child, here, 1, &there, 1, 0));
  SHOW(process_vm_readv(999999999, here, 1, &there, 1, 0));
  SHOW(process_vm_readv(child, here, 1, &there, 1, 1));
  char path[40];
  snprintf(path, sizeof path, "/proc/%d/mem", child);
  int fd = MUST(open(path, O_RDWR));
  SHOW(pwrite(fd, "mem of", 6, (off_t)(long)data));
  SHOW(pread(fd, text, 12, (off_t)(long)data));
  printf("%.12s\n", text);
  SHOW(pread(fd, text, 12, 16));
  write(go[1], "x", 1);
  show_end("child", child);
  SHOW(pread(fd, text, 12, (off_t)(long)data));
}
