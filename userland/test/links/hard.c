// One file has several names and a count of them: link(2), linkat(2).
#include "check.h"

int main(void) {
  struct stat a, b;
  write_file("a", "text");
  SHOW(link("a", "b"));
  stat("a", &a);
  stat("b", &b);
  CHECK(a.st_ino == b.st_ino && a.st_nlink == 2);
  SHOW(link("a", "b"));
  SHOW(link("absent", "c"));
  SHOW(link("a", "absent/c"));
  mkdir("d", 0755);
  SHOW(link("d", "e"));
  symlink("a", "l");
  SHOW(link("l", "l2"));
  lstat("l2", &b);
  CHECK(S_ISLNK(b.st_mode) && b.st_nlink == 2);
  SHOW(linkat(AT_FDCWD, "l", AT_FDCWD, "l3", AT_SYMLINK_FOLLOW));
  lstat("l3", &b);
  CHECK(S_ISREG(b.st_mode) && b.st_nlink == 3);
  SHOW(linkat(AT_FDCWD, "a", AT_FDCWD, "x", 1));
  SHOW(link("/proc/self/status", "x"));
  SHOW(unlink("a"));
  stat("b", &b);
  printf("%ld\n", (long)b.st_nlink);
  int fd = open("b", O_PATH);
  SHOW(linkat(fd, "", AT_FDCWD, "by-descriptor", AT_EMPTY_PATH));
}
