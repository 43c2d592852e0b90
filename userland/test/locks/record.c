// Locks on ranges of bytes belong to the process: conflicts, splitting, loss at close: fcntl(2) F_SETLK.
#include "check.h"

static int lock(int fd, int command, short type, off_t from, off_t length) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = length};
  int result = fcntl(fd, command, &l);
  if (command == F_GETLK && result == 0) {
    if (l.l_type == F_UNLCK) printf("free; ");
    else
      printf("%s lock at %ld+%ld of %s; ", l.l_type == F_RDLCK ? "read" : "write", (long)l.l_start, (long)l.l_len,
             l.l_pid == getppid() ? "the parent" : "?");
  }
  return result;
}

static void child(void) {
  int fd = open("f", O_RDWR);
  SHOW(lock(fd, F_SETLK, F_WRLCK, 0, 10));
  SHOW(lock(fd, F_SETLK, F_RDLCK, 0, 10));
  SHOW(lock(fd, F_SETLK, F_RDLCK, 20, 10));
  SHOW(lock(fd, F_SETLK, F_WRLCK, 20, 10));
  SHOW(lock(fd, F_SETLK, F_WRLCK, 14, 2));
  SHOW(lock(fd, F_GETLK, F_WRLCK, 0, 0));
  SHOW(lock(fd, F_GETLK, F_WRLCK, 16, 0));
  SHOW(lock(fd, F_GETLK, F_WRLCK, 14, 2));
  SHOW(lock(fd, F_GETLK, F_RDLCK, 20, 0));
}

static void after(void) {
  int fd = open("f", O_RDWR);
  SHOW(lock(fd, F_GETLK, F_WRLCK, 0, 0));
}

int main(void) {
  int fd = open("f", O_RDWR | O_CREAT, 0644), read_only = open("f", O_RDONLY);
  SHOW(lock(fd, F_SETLK, F_WRLCK, 0, 20));
  SHOW(lock(fd, F_SETLK, F_UNLCK, 14, 2));
  SHOW(lock(fd, F_SETLK, F_RDLCK, 20, 10));
  SHOW(lock(fd, F_GETLK, F_WRLCK, 0, 20)); /* own locks do not count */
  in_child("child", child);
  SHOW(lock(read_only, F_SETLK, F_WRLCK, 100, 1));
  SHOW(lock(fd, F_SETLK, 9, 0, 1));
  SHOW(lock(fd, F_SETLK, F_RDLCK, -5, 1));
  SHOW(lock(fd, F_SETLK, F_RDLCK, 5, -10));
  close(read_only); /* any descriptor of the file */
  in_child("after the close", after);
  SHOW(lock(fd, F_SETLK, F_WRLCK, 40, -5));
  in_child("a negative length", after);
}
