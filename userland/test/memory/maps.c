// /proc/self/maps lists what is mapped, merged where it goes on alike: proc(5).
#include "check.h"

static void show_maps(const char *what, char *from, size_t length) {
  FILE *file = fopen("/proc/self/maps", "r");
  char line[4096], mode[8], name[3000];
  unsigned long begin, end, offset, inode;
  printf("%s:\n", what);
  while (fgets(line, sizeof line, file) != NULL) {
    name[0] = 0;
    sscanf(line, "%lx-%lx %7s %lx %*s %lu %2999s", &begin, &end, mode, &offset, &inode, name);
    if (end <= (unsigned long)from || begin >= (unsigned long)from + length) continue;
    char *slash = strrchr(name, '/');
    printf("  %2ld..%2ld %s %lx %s %s\n", (long)(begin - (unsigned long)from) / 4096, (long)(end - (unsigned long)from) / 4096,
           mode, offset, inode != 0 ? "inode" : "none", slash != NULL ? slash : name);
  }
  fclose(file);
}

int main(void) {
  size_t size = 16 * 4096;
  char *p = mmap(NULL, size + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  p += 4096;
  munmap(p, size);
  mmap(p, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  show_maps("one", p, size);
  mprotect(p + 2 * 4096, 4096, PROT_READ);
  show_maps("three", p, size);
  mprotect(p + 2 * 4096, 4096, PROT_READ | PROT_WRITE);
  show_maps("merged again", p, size);
  int fd = open("file", O_RDWR | O_CREAT, 0644);
  ftruncate(fd, 65536);
  mmap(p + 4 * 4096, 2 * 4096, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 4096);
  mmap(p + 6 * 4096, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 12288);
  mmap(p + 10 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  show_maps("with a file", p, size);
  unlink("file");
  show_maps("without its name", p + 4 * 4096, 2 * 4096);
  int has_stack = 0, has_vdso = 0;
  char line[4096];
  FILE *file = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, file) != NULL) {
    if (strstr(line, "[stack]")) has_stack++;
    if (strstr(line, "[vdso]")) has_vdso++;
  }
  CHECK(has_stack == 1 && has_vdso == 1);
}
