// The names of a directory, with kinds, each once, while it changes too: getdents64(2), telldir(3).
#include "check.h"
#include <dirent.h>

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

int main(void) {
  mkdir("d", 0755);
  write_file("d/file", "");
  mkdir("d/dir", 0755);
  symlink("x", "d/link");
  mkfifo("d/fifo", 0644);
  struct dirent **list, *e;
  int n = scandir("d", &list, NULL, by_name);
  for (int i = 0; i < n; i++) printf("%s kind %d\n", list[i]->d_name, list[i]->d_type);
  mkdir("many", 0755);
  char name[40];
  for (int i = 0; i < 700; i++) {
    snprintf(name, sizeof name, "many/%d", i);
    close(open(name, O_CREAT | O_WRONLY, 0644));
  }
  static char seen[700];
  DIR *d = opendir("many");
  int count = 0, twice = 0;
  long place = 0;
  while ((e = readdir(d)) != NULL) {
    if (e->d_name[0] == '.') continue;
    int number = atoi(e->d_name);
    if (seen[number]++) twice++;
    if (++count == 350) place = telldir(d);
    snprintf(name, sizeof name, "many/%d", number);
    if (number % 2) unlink(name); /* removing what was read does no harm */
  }
  printf("%d names, %d twice\n", count, twice);
  seekdir(d, place);
  CHECK(readdir(d) != NULL);
  rewinddir(d);
  for (count = 0; readdir(d) != NULL;) count++;
  printf("%d left\n", count);
  closedir(d);
  char buffer[64];
  int fd = open("d", O_RDONLY);
  SHOW(syscall(SYS_getdents64, fd, buffer, 10));
  SHOW_OK(syscall(SYS_getdents64, fd, buffer, 64));
  SHOW(syscall(SYS_getdents64, 0, buffer, 64));
  SHOW(read(fd, buffer, 1));
  rmdir("d/dir");
  unlink("d/file");
  unlink("d/link");
  unlink("d/fifo");
  rmdir("d");
  lseek(fd, 0, SEEK_SET);
  SHOW(syscall(SYS_getdents64, fd, buffer, 64));
}
