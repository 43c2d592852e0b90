// Files that have no name, and files that get one later or lose theirs: open(2) O_TMPFILE, linkat(2), unlink(2).
#include "check.h"

int main(void) {
  struct stat s;
  char text[16] = {0}, path[64], name[100] = {0};
  int fd = MUST(open(".", O_TMPFILE | O_RDWR, 0640));
  write(fd, "unnamed", 7);
  fstat(fd, &s);
  printf("links %ld, mode %o\n", (long)s.st_nlink, s.st_mode);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  fstat(fd, &s);
  printf("links %ld\n", (long)s.st_nlink);
  SHOW(open(".", O_TMPFILE | O_RDONLY, 0600));
  SHOW(open("named", O_TMPFILE | O_RDWR, 0600));
  fd = MUST(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
  fd = open("named", O_RDWR);
  SHOW(unlink("named"));
  SHOW(unlink("named"));
  fstat(fd, &s);
  printf("links %ld\n", (long)s.st_nlink);
  SHOW(pread(fd, text, 15, 0));
  puts(text);
  SHOW(pwrite(fd, "still", 5, 100));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, name, 99);
  puts(strrchr(name, '/'));
  SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW));
  int same = open(path, O_RDONLY);
  SHOW(read(same, text, 3));
  SHOW(unlink("."));
  mkdir("d", 0755);
  SHOW(unlink("d"));
  SHOW(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR));
}
