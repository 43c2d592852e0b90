// What stat tells of each kind of file, and how chmod and chown change it: stat(2), chmod(2), chown(2).
#include "check.h"
#include <sys/sysmacros.h>

static void tell(const char *name) {
  struct stat s;
  if (lstat(name, &s) == -1) {
    printf("%s: %s\n", name, strerrorname_np(errno));
    return;
  }
  printf("%s: mode %o, links %ld", name, s.st_mode, (long)s.st_nlink);
  if (!S_ISDIR(s.st_mode)) printf(", size %ld", (long)s.st_size);
  if (S_ISCHR(s.st_mode)) printf(", device %d:%d", major(s.st_rdev), minor(s.st_rdev));
  puts("");
}

int main(void) {
  write_file("file", "12345");
  mkdir("dir", 0750);
  mkdir("dir/sub", 0700);
  symlink("file", "link");
  mkfifo("fifo", 0640);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(s, (struct sockaddr *)&(struct sockaddr_un){AF_UNIX, "socket"}, sizeof(struct sockaddr_un));
  tell("file");
  tell("dir");
  tell("link");
  tell("fifo");
  tell("socket");
  tell("/dev/null");
  tell("absent");
  SHOW(chmod("file", 07777));
  tell("file");
  SHOW(chmod("link", 0640));
  tell("file");
  SHOW(fchmodat(AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW));
  chmod("file", 06755);
  if (getuid() == 0) {
    SHOW(chown("file", 1000, 1001));
    tell("file");
    chmod("file", 02644);
    SHOW(chown("file", -1, -1));
    tell("file");
    struct stat st;
    stat("file", &st);
    printf("owner %d:%d\n", st.st_uid, st.st_gid);
    SHOW(lchown("link", 5, 6));
    SHOW(fchownat(AT_FDCWD, "link", 7, 8, AT_SYMLINK_NOFOLLOW));
    lstat("link", &st);
    printf("owner of the link %d:%d\n", st.st_uid, st.st_gid);
  }
  struct statx x;
  SHOW(statx(AT_FDCWD, "file", 0, STATX_SIZE | STATX_MODE, &x));
  printf("size %ld, mode %o, has type %d\n", (long)x.stx_size, x.stx_mode, (x.stx_mask & STATX_TYPE) != 0);
  SHOW(statx(AT_FDCWD, "", AT_EMPTY_PATH, STATX_TYPE, &x));
  SHOW(statx(AT_FDCWD, "", 0, STATX_TYPE, &x));
  SHOW(statx(AT_FDCWD, "file", 0x4000000, 0, &x));
}
