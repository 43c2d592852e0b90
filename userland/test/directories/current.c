// The current directory: by path, by descriptor, removed, and outside of the root: chdir(2), getcwd(2), chroot(2).
#include "check.h"

static void in_root(void) {
  char path[200];
  if (chroot("d") == -1) {
    puts("needs root");
    return;
  }
  printf("%s\n", syscall(SYS_getcwd, path, 200L) > 0 ? strncmp(path, "(unreachable)", 13) == 0 ? "unreachable" : path : "error");
  SHOW(chdir("/"));
  printf("%s\n", getcwd(path, 200));
  SHOW(chdir("../../.."));
  printf("%s\n", getcwd(path, 200));
  SHOW(access("/sub", F_OK));
  SHOW(access("/../sub/../../sub", F_OK));
}

int main(void) {
  char before[3000], path[3000];
  getcwd(before, sizeof before);
  mkdir("d", 0755);
  mkdir("d/sub", 0755);
  int fd = open(".", O_RDONLY);
  SHOW(chdir("d/sub"));
  getcwd(path, sizeof path);
  puts(path + strlen(before));
  SHOW(chdir(".."));
  getcwd(path, sizeof path);
  puts(path + strlen(before));
  SHOW(rename("../d", "../renamed"));
  getcwd(path, sizeof path);
  puts(path + strlen(before));
  SHOW(rename("../renamed", "../d"));
  SHOW(fchdir(fd));
  SHOW(chdir("absent"));
  write_file("file", "");
  SHOW(chdir("file"));
  SHOW(fchdir(open("file", O_RDONLY)));
  CHECK(getcwd(path, 1) == NULL && errno == ERANGE);
  SHOW(syscall(SYS_getcwd, path, 0L));
  in_child("with another root", in_root);
  mkdir("gone", 0755);
  chdir("gone");
  SHOW(rmdir("../gone"));
  SHOW_OK((long)(getcwd(path, 200) == NULL ? -1 : 0));
  SHOW(open("x", O_CREAT | O_WRONLY, 0644));
  SHOW(access(".", F_OK));
  SHOW(chdir(".."));
  getcwd(path, sizeof path);
  CHECK(strcmp(path, before) == 0);
}
