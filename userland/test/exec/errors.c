// The errors of execve(2).
#include "check.h"

static void run(const char *name) {
  char *arguments[] = {"x", NULL};
  execve(name, arguments, arguments + 1);
  printf("%s: %s\n", name, strerrorname_np(errno));
}

int main(void) {
  char *none[] = {NULL}, *bad[] = {(char *)1, NULL};
  run("");
  run("absent");
  run("/");
  write_file("file", "");
  run("file/x");
  run("file");
  chmod("file", 0755);
  run("file");
  symlink("loop", "loop");
  run("loop");
  mkfifo("fifo", 0755);
  run("fifo");
  run("/dev/null");
  run("/proc/self/maps");
  SHOW(execve((char *)1, none, none));
  SHOW(execve("/proc/self/exe", bad, none));
  SHOW(execve("/proc/self/exe", (char **)1, none));
  SHOW(execve("/proc/self/exe", none, (char **)8));
  char *huge = malloc(200000), *one[] = {"x", huge, NULL};
  memset(huge, 'a', 199999);
  huge[199999] = 0;
  SHOW(execve("/proc/self/exe", one, none));
  char **many = calloc(400001, sizeof *many);
  for (int i = 0; i < 400000; i++) many[i] = "eight by";
  SHOW(execve("/proc/self/exe", many, none));
  char name[5000];
  memset(name, 'n', sizeof name);
  name[300] = 0;
  SHOW(execve(name, none, none));
  name[300] = 'n';
  name[4999] = 0;
  SHOW(execve(name, none, none));
}
