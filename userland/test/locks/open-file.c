// Locks of open files: shared by dup and fork, apart for each open; flock(2), fcntl(2) F_OFD_SETLK.
#include "check.h"
#include <sys/file.h>

static int ofd(int fd, short type) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET};
  return fcntl(fd, F_OFD_SETLK, &l);
}

int main(void) {
  int a = open("f", O_RDWR | O_CREAT, 0644), b = open("f", O_RDWR), same = dup(a);
  SHOW(flock(a, LOCK_EX | LOCK_NB));
  SHOW(flock(b, LOCK_EX | LOCK_NB));
  SHOW(flock(b, LOCK_SH | LOCK_NB));
  SHOW(flock(same, LOCK_SH | LOCK_NB)); /* changes the lock of a */
  SHOW(flock(b, LOCK_SH | LOCK_NB));
  SHOW(flock(b, LOCK_EX | LOCK_NB));
  close(a);
  SHOW(flock(b, LOCK_EX | LOCK_NB)); /* kept by the duplicate */
  close(same);
  SHOW(flock(b, LOCK_EX | LOCK_NB));
  SHOW(flock(b, 77));
  SHOW(flock(99, LOCK_SH));
  a = open("f", O_RDWR);
  pid_t child = fork();
  if (child == 0) {
    SHOW(flock(b, LOCK_UN)); /* the parent's too */
    exit(0);
  }
  show_end("child", child);
  SHOW(flock(a, LOCK_EX | LOCK_NB));
  SHOW(ofd(a, F_WRLCK)); /* another kind, apart from flock */
  SHOW(ofd(b, F_WRLCK));
  SHOW(ofd(b, F_RDLCK));
  SHOW(ofd(a, F_UNLCK));
  SHOW(ofd(b, F_RDLCK));
  SHOW(ofd(a, F_RDLCK));
  struct flock l = {.l_type = F_WRLCK};
  SHOW(fcntl(a, F_OFD_GETLK, &l));
  printf("%d %d\n", l.l_type, l.l_pid);
  l = (struct flock){.l_type = F_WRLCK, .l_pid = 5};
  SHOW(fcntl(a, F_OFD_SETLK, &l));
}
