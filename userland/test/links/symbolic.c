// Symbolic links: read, followed, or not; loops and lengths: symlink(2), readlink(2), path_resolution(7).
#include "check.h"

int main(void) {
  char text[300], target[5000];
  mkdir("d", 0755);
  write_file("d/file", "in d");
  SHOW(symlink("d", "l"));
  SHOW(symlink("x", "l"));
  SHOW(symlink("", "empty"));
  memset(text, 'z', sizeof text);
  SHOW(readlink("l", text, sizeof text));
  printf("%.3s\n", text);
  symlink("a long target", "long");
  SHOW(readlink("long", text, 4));
  printf("%.5s\n", text);
  SHOW(readlink("d", text, 10));
  SHOW(readlink("long", text, 0));
  SHOW(readlink("absent", text, 10));
  SHOW(access("l/file", F_OK));
  SHOW(access("l/../d/file", F_OK));
  symlink("loop2", "loop1");
  symlink("loop1", "loop2");
  SHOW(access("loop1", F_OK));
  SHOW_OK(open("loop1", O_PATH | O_NOFOLLOW));
  struct stat s;
  SHOW(lstat("l/", &s));
  CHECK(S_ISDIR(s.st_mode));
  SHOW(lstat("l", &s));
  CHECK(S_ISLNK(s.st_mode) && s.st_size == 1);
  char from[20] = "d/file", to[20];
  for (int i = 0; i < 41; i++) {
    snprintf(to, sizeof to, "chain%d", i);
    symlink(from, to);
    strcpy(from, to);
  }
  SHOW(access("chain39", F_OK));
  SHOW(access("chain40", F_OK));
  memset(target, 't', sizeof target);
  target[4096] = 0;
  SHOW(symlink(target, "too-long"));
  target[4095] = 0;
  SHOW(symlink(target, "longest"));
  SHOW(access("longest", F_OK));
  int fd = open("l", O_PATH | O_NOFOLLOW);
  SHOW(readlinkat(fd, "", text, 10));
  SHOW(chmod("l", 0700));
  SHOW(unlink("l"));
  SHOW(access("d", F_OK));
}
