// The flags of open(2) and their errors: O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_PATH.
#include "check.h"

int main(void) {
  struct stat s;
  SHOW(open("absent", O_RDONLY));
  SHOW_OK(open("f", O_WRONLY | O_CREAT | O_EXCL, 0666));
  SHOW(open("f", O_WRONLY | O_CREAT | O_EXCL, 0666));
  stat("f", &s);
  printf("mode %o\n", s.st_mode);
  write_file("f", "content");
  int fd = open("f", O_RDONLY);
  SHOW(write(fd, "x", 1));
  fd = open("f", O_WRONLY);
  char c;
  SHOW(read(fd, &c, 1));
  fd = open("f", O_RDWR | O_TRUNC);
  fstat(fd, &s);
  printf("size %ld\n", (long)s.st_size);
  write(fd, "0123456789", 10);
  int append = open("f", O_WRONLY | O_APPEND);
  SHOW(write(append, "ab", 2));
  SHOW(lseek(append, 0, SEEK_CUR));
  lseek(append, 0, SEEK_SET);
  SHOW(write(append, "cd", 2));
  SHOW(pwrite(append, "ef", 2, 0)); /* appends all the same */
  fstat(fd, &s);
  printf("size %ld\n", (long)s.st_size);
  SHOW(open("f", O_RDONLY | O_DIRECTORY));
  SHOW(open("f/x", O_RDONLY));
  SHOW(open(".", O_WRONLY));
  SHOW(open(".", O_RDONLY | O_CREAT, 0666));
  SHOW(open("new/", O_WRONLY | O_CREAT, 0666));
  SHOW(open("f/", O_RDONLY));
  symlink("f", "link");
  symlink("nowhere", "dangling");
  SHOW(open("link", O_RDONLY | O_NOFOLLOW));
  SHOW(open("dangling", O_RDONLY));
  SHOW(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0666));
  SHOW_OK(open("dangling", O_WRONLY | O_CREAT, 0600));
  SHOW(access("nowhere", F_OK));
  fd = open("link", O_PATH | O_NOFOLLOW);
  fstat(fd, &s);
  CHECK(S_ISLNK(s.st_mode));
  fd = open("f", O_PATH);
  SHOW(read(fd, &c, 1));
  SHOW(fchmod(fd, 0600));
  SHOW(ioctl(fd, FIONREAD, &s));
  CHECK((fcntl(fd, F_GETFL) & O_PATH) != 0);
  SHOW(open("f", 3));
  SHOW(open("", O_RDONLY));
  SHOW(openat(77, "f", O_RDONLY));
  SHOW(openat(fd, "f", O_RDONLY));
}
