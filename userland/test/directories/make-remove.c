// Directories come and go, with their links: mkdir(2), rmdir(2).
#include "check.h"

int main(void) {
  struct stat s;
  SHOW(mkdir("d", 07777));
  stat("d", &s);
  printf("mode %o, links %ld\n", s.st_mode, (long)s.st_nlink);
  SHOW(mkdir("d", 0755));
  SHOW(mkdir("d/e", 0755));
  SHOW(mkdir("d/f/", 0755));
  SHOW(mkdir("absent/e", 0755));
  stat("d", &s);
  printf("links %ld\n", (long)s.st_nlink);
  write_file("file", "");
  SHOW(mkdir("file", 0755));
  SHOW(mkdir("file/e", 0755));
  SHOW(mkdir(".", 0755));
  SHOW(mkdir("/", 0755));
  SHOW(mkdir("", 0755));
  SHOW(rmdir("d"));
  SHOW(rmdir("file"));
  SHOW(rmdir("d/e/."));
  SHOW(rmdir("d/e/.."));
  SHOW(rmdir("d/e/"));
  SHOW(rmdir("absent"));
  SHOW(rmdir("/"));
  symlink("d/f", "link");
  SHOW(rmdir("link"));
  SHOW(rmdir("link/"));
  SHOW(rmdir("d/f"));
  SHOW(mkdir("link", 0755));
  SHOW(rmdir("d"));
  chmod(".", 02755);
  mkdir("inherits", 0755);
  stat("inherits", &s);
  printf("mode %o\n", s.st_mode);
  char name[300];
  memset(name, 'n', 299);
  name[256] = 0;
  SHOW(mkdir(name, 0755));
  name[255] = 0;
  SHOW(mkdir(name, 0755));
}
