// Access, modification and change times: who sets them, and how: utimensat(2), inode(7).
#include "check.h"

static struct stat before;

static void changed(const char *what) {
  struct stat s;
  stat("f", &s);
  printf("%s:%s%s%s\n", what, memcmp(&s.st_atim, &before.st_atim, 16) ? " access" : "",
         memcmp(&s.st_mtim, &before.st_mtim, 16) ? " modification" : "", memcmp(&s.st_ctim, &before.st_ctim, 16) ? " change" : "");
  before = s;
  pause_ms(12);
}

int main(void) {
  char c;
  write_file("f", "text");
  stat("f", &before);
  pause_ms(12);
  int fd = open("f", O_RDWR);
  changed("open");
  read(fd, &c, 1);
  changed("read"); /* relatime: not newer than the modification yet */
  pwrite(fd, "x", 1, 0);
  changed("write");
  fchmod(fd, 0600);
  changed("chmod");
  ftruncate(fd, 4);
  changed("ftruncate to the same size");
  truncate("f", 4);
  changed("truncate to the same size");
  link("f", "g");
  changed("link");
  rename("g", "h");
  changed("rename");
  pwrite(fd, "", 0, 0);
  changed("write nothing");
  struct timespec times[2] = {{1000000000, 123456789}, {2000000000, 987654321}};
  SHOW(utimensat(AT_FDCWD, "f", times, 0));
  changed("utimensat");
  printf("%ld.%09ld %ld.%09ld\n", before.st_atim.tv_sec, before.st_atim.tv_nsec, before.st_mtim.tv_sec, before.st_mtim.tv_nsec);
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_nsec = UTIME_NOW;
  SHOW(futimens(fd, times));
  changed("one of them now");
  times[1].tv_nsec = UTIME_OMIT;
  SHOW(futimens(fd, times));
  changed("none");
  times[1].tv_nsec = 1000000000;
  SHOW(futimens(fd, times));
  times[1] = times[0] = (struct timespec){-100, 0};
  SHOW(utimensat(AT_FDCWD, "f", times, 0));
  stat("f", &before);
  printf("%ld\n", before.st_mtim.tv_sec);
  SHOW(utimensat(AT_FDCWD, "absent", NULL, 0));
}
