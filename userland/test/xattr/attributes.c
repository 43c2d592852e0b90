// Names and values beside a file, by name spaces: xattr(7), setxattr(2).
#include "check.h"
#include <sys/xattr.h>

int main(void) {
  char value[100] = {0}, list[200];
  write_file("f", "");
  symlink("f", "link");
  SHOW(setxattr("f", "user.colour", "red", 3, 0));
  SHOW(setxattr("f", "user.colour", "blue", 4, XATTR_CREATE));
  SHOW(setxattr("f", "user.shape", "x", 1, XATTR_REPLACE));
  SHOW(setxattr("f", "user.empty", "", 0, 0));
  SHOW(getxattr("f", "user.colour", value, 100));
  puts(value);
  SHOW(getxattr("f", "user.colour", value, 2));
  SHOW(getxattr("f", "user.colour", NULL, 0));
  SHOW(getxattr("f", "user.absent", value, 100));
  SHOW(getxattr("link", "user.colour", value, 100));
  SHOW(lgetxattr("link", "user.colour", value, 100));
  SHOW(lsetxattr("link", "user.x", "1", 1, 0));
  long n = SHOW(listxattr("f", list, sizeof list));
  int names = 0;
  for (long at = 0; at < n; at += (long)strlen(list + at) + 1) names += strncmp(list + at, "user.", 5) == 0;
  printf("%d names\n", names);
  SHOW(listxattr("f", list, 5));
  SHOW(removexattr("f", "user.colour"));
  SHOW(removexattr("f", "user.colour"));
  SHOW(setxattr("f", "nonsense", "x", 1, 0));
  SHOW(setxattr("f", "user.", "x", 1, 0));
  SHOW(setxattr("f", "other.x", "x", 1, 0));
  SHOW(setxattr("f", "user.x", "x", 1, 77));
  static char big[70000];
  SHOW(setxattr("f", "user.big", big, sizeof big, 0));
  char name[300];
  memset(name, 'n', sizeof name);
  memcpy(name, "user.", 5);
  name[256] = 0;
  SHOW(setxattr("f", name, "x", 1, 0));
  int fd = open("f", O_RDWR);
  SHOW(fsetxattr(fd, "user.by-fd", "1", 1, 0));
  SHOW(fgetxattr(fd, "user.by-fd", value, 100));
  chmod("f", 0444);
  if (getuid() == 0) {
    SHOW(setxattr("f", "trusted.x", "1", 1, 0));
    MUST(setresuid(500, 500, 500));
    SHOW(getxattr("f", "trusted.x", value, 100));
    SHOW(setxattr("f", "trusted.y", "1", 1, 0));
    SHOW(setxattr("f", "user.y", "1", 1, 0));
  }
}
