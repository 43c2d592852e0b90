// A program that runs cannot be written to, and one that is open for writing cannot be executed: ETXTBSY.
#include "check.h"

static void copy_self(const char *to) {
  char bytes[65536];
  int in = MUST(open("/proc/self/exe", O_RDONLY)), out = MUST(open(to, O_WRONLY | O_CREAT, 0755));
  for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;) write(out, bytes, n);
  close(in);
  close(out);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    char name[4096] = {0};
    write(1, "running\n", 8);
    SHOW(open("copy", O_WRONLY));
    SHOW(truncate("copy", 10));
    SHOW_OK(open("copy", O_RDONLY));
    SHOW(unlink("copy"));
    readlink("/proc/self/exe", name, sizeof name - 1);
    puts(strrchr(name, '/'));
    return 0;
  }
  copy_self("copy");
  int fd = MUST(open("copy", O_RDWR));
  SHOW(execl("./copy", "copy", "x", NULL));
  close(fd);
  pid_t child = fork();
  if (child == 0) execl("./copy", "copy", "x", NULL);
  show_end("child", child);
}
