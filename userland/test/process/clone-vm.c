// clone(2) without a new address space: memory is shared, and descriptors too with CLONE_FILES; not otherwise.
#include "check.h"

static int shared;
static int fd_of_child;

static int child(void *argument) {
  shared = 17;
  fd_of_child = open("/dev/null", O_RDONLY);
  chdir("/");
  return 5;
}

static void with(const char *what, int flags) {
  char *stack = malloc(65536), cwd[4096];
  shared = fd_of_child = 0;
  pid_t pid = clone(child, stack + 65536, flags | SIGCHLD, NULL);
  printf("%s: ", what);
  show_end("child", pid);
  printf("  memory %s, descriptors %s, directory %s\n", shared == 17 ? "shared" : "copied",
         fd_of_child > 0 && fcntl(fd_of_child, F_GETFD) != -1 ? "shared" : "copied",
         strcmp(getcwd(cwd, sizeof cwd), "/") == 0 ? "shared" : "copied");
  if (fd_of_child > 0) close(fd_of_child);
}

int main(void) {
  with("nothing", 0);
  with("CLONE_VM", CLONE_VM);
  with("CLONE_VM | CLONE_FILES", CLONE_VM | CLONE_FILES);
  with("CLONE_VM | CLONE_VFORK", CLONE_VM | CLONE_VFORK);
  with("CLONE_VM | CLONE_FILES | CLONE_FS", CLONE_VM | CLONE_FILES | CLONE_FS);
  SHOW(clone(child, malloc(4096) + 4096, CLONE_THREAD, NULL));
  SHOW(clone(child, malloc(4096) + 4096, CLONE_SIGHAND, NULL));
}
