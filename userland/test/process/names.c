// A thread's name has fifteen characters, is changed by exec and seen in /proc: prctl(2) PR_SET_NAME.
#include "check.h"

static void read_line(const char *path) {
  char text[64] = {0};
  int fd = MUST(open(path, O_RDONLY));
  read(fd, text, 63);
  close(fd);
  printf("%s: %s", path, text);
}

int main(int argc, char **argv) {
  char name[17] = {0};
  if (argc > 1) {
    prctl(PR_GET_NAME, name);
    printf("after exec: %s\n", name);
    return 0;
  }
  SHOW(prctl(PR_SET_NAME, "a name that is much too long"));
  SHOW(prctl(PR_GET_NAME, name));
  puts(name);
  read_line("/proc/self/comm");
  read_line("/proc/thread-self/comm");
  write_file("/proc/self/comm", "other");
  prctl(PR_GET_NAME, name);
  puts(name);
  symlink("/proc/self/exe", "link-with-a-long-name");
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_GET_NAME, name);
    printf("after fork: %s\n", name);
    execl("link-with-a-long-name", "zero", "x", NULL);
  }
  show_end("child", child);
}
