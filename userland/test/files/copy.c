// Copies within the kernel, between files and from files to sockets: copy_file_range(2), sendfile(2).
#include "check.h"
#include <sys/sendfile.h>

int main(void) {
  char text[32] = {0};
  int in = open("in", O_RDWR | O_CREAT, 0644), out = open("out", O_RDWR | O_CREAT, 0644), sockets[2];
  write(in, "0123456789", 10);
  off_t from = 2, to = 5;
  SHOW(copy_file_range(in, &from, out, &to, 4, 0));
  printf("%ld %ld\n", (long)from, (long)to);
  SHOW(lseek(in, 0, SEEK_CUR));
  lseek(in, 0, SEEK_SET);
  SHOW(copy_file_range(in, NULL, out, NULL, 100, 0));
  SHOW(copy_file_range(in, NULL, out, NULL, 100, 0));
  SHOW(pread(out, text, 31, 0));
  puts(text);
  from = 0;
  to = 1;
  SHOW(copy_file_range(in, &from, in, &to, 4, 0));
  SHOW(copy_file_range(in, &from, out, &to, 4, 1));
  socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
  SHOW(copy_file_range(in, &from, sockets[0], NULL, 4, 0));
  from = 3;
  SHOW(sendfile(sockets[0], in, &from, 4));
  printf("%ld\n", (long)from);
  lseek(in, 8, SEEK_SET);
  SHOW(sendfile(sockets[0], in, NULL, 100));
  SHOW(read(sockets[1], text, 31));
  printf("%.6s\n", text);
  SHOW(sendfile(out, in, &from, 2));
  SHOW(sendfile(in, sockets[1], NULL, 2));
  int append = open("out", O_WRONLY | O_APPEND);
  SHOW(sendfile(append, in, &from, 2));
  SHOW(copy_file_range(in, &from, append, NULL, 2, 0));
  int directory = open(".", O_RDONLY);
  SHOW(copy_file_range(directory, NULL, out, NULL, 2, 0));
  from = -1;
  SHOW(sendfile(out, in, &from, 2));
}
