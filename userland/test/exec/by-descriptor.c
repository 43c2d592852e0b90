// A program is executed by its descriptor: execveat(2) with AT_EMPTY_PATH, fexecve(3), and relative to a directory.
#include "check.h"

static void end(const char *what, int fd, const char *path, int flags) {
  pid_t child = fork();
  if (child == 0) {
    char *arguments[] = {"zero", "one", NULL}, *environment[] = {NULL};
    syscall(SYS_execveat, fd, path, arguments, environment, flags);
    printf("%s: %s\n", what, strerrorname_np(errno));
    _exit(1);
  }
  show_end(what, child);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    printf("executed with %s\n", argv[1]);
    return 4;
  }
  int self = MUST(open("/proc/self/exe", O_RDONLY)), path = MUST(open("/proc/self/exe", O_PATH));
  end("AT_EMPTY_PATH", self, "", AT_EMPTY_PATH);
  end("O_PATH", path, "", AT_EMPTY_PATH);
  end("no flag", self, "", 0);
  end("bad descriptor", 99, "", AT_EMPTY_PATH);
  int directory = MUST(open("/bin", O_RDONLY | O_DIRECTORY));
  end("in a directory", directory, "true", 0);
  end("a directory", directory, "", AT_EMPTY_PATH);
  symlink("/bin/true", "link");
  end("a link", AT_FDCWD, "link", 0);
  end("AT_SYMLINK_NOFOLLOW", AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW);
  end("unknown flag", AT_FDCWD, "link", 1);
  /* a script by descriptor is opened again as /dev/fd/N: not if the descriptor is closed by then */
  write_file("script", "#!/bin/true\n");
  chmod("script", 0755);
  int script = open("script", O_RDONLY);
  end("a script", script, "", AT_EMPTY_PATH);
  fcntl(script, F_SETFD, FD_CLOEXEC);
  end("a script that is closed", script, "", AT_EMPTY_PATH);
}
