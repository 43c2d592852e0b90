// Paths resolved within bounds: openat2(2) RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS.
#include "check.h"
#include <linux/openat2.h>

static int directory;

static void try(const char *path, unsigned long resolve) {
  struct open_how how = {.flags = O_RDONLY, .resolve = resolve};
  long fd = syscall(SYS_openat2, directory, path, &how, sizeof how);
  printf("%s %lx: %s\n", path, resolve, fd == -1 ? strerrorname_np(errno) : "ok");
  if (fd >= 0) close(fd);
}

int main(void) {
  mkdir("d", 0755);
  mkdir("d/sub", 0755);
  write_file("d/file", "x");
  write_file("outside", "x");
  symlink("../outside", "d/up");
  symlink("/file", "d/absolute");
  symlink("file", "d/inner");
  symlink("/proc/self/fd/0", "d/magic");
  directory = open("d", O_RDONLY | O_DIRECTORY);
  const char *paths[] = {"file", "sub/../file", "../outside", "up", "absolute", "inner", "/etc/passwd", "magic", "absent"};
  unsigned long modes[] = {0, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS, RESOLVE_NO_MAGICLINKS};
  for (int m = 0; m < 5; m++)
    for (int i = 0; i < 9; i++) try(paths[i], modes[m]);
  try("file", 0x1000);
  struct open_how how = {.flags = 1UL << 40};
  SHOW(syscall(SYS_openat2, directory, "file", &how, sizeof how));
  how = (struct open_how){.flags = O_RDONLY, .mode = 0600};
  SHOW(syscall(SYS_openat2, directory, "file", &how, sizeof how));
  SHOW(syscall(SYS_openat2, directory, "file", &how, 8));
  char longer[32] = {0};
  SHOW_OK(syscall(SYS_openat2, directory, "file", longer, 32));
  longer[30] = 1;
  SHOW(syscall(SYS_openat2, directory, "file", longer, 32));
}
