// A position-independent program, its heap, libraries, mappings and stack lie where they do on Linux.
// gcc: dynamic -pie -fPIE
#include "check.h"
#include <sys/auxv.h>
#include <sys/personality.h>

static int data;

static int within(const void *p, unsigned long from, unsigned long to) {
  return (unsigned long)p >= from && (unsigned long)p < to;
}

int main(int count, char **arguments) {
  int local;
  char *heap = sbrk(0), *mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (count == 1) {
    CHECK(within(main, 0x550000000000, 0x570000000000));
    CHECK(within(&data, 0x550000000000, 0x570000000000));
    CHECK(within(heap, 0x550000000000, 0x570000000000) && heap > (char *)&data);
    CHECK(within(printf, 0x7e0000000000, 0x7fffffff0000));
    CHECK(within(mapped, 0x7e0000000000, 0x7fffffff0000));
    CHECK(within(&local, 0x7ff000000000, 0x7ffffffff000));
    CHECK((char *)&local > mapped);
    CHECK(within((void *)getauxval(AT_SYSINFO_EHDR), 0x7e0000000000, 0x7ffffffff000));
    printf("heap %d, mapped %d\n", brk(heap + (1 << 20)), within(malloc(1 << 20), 0x7e0000000000, 0x7fffffff0000));
    personality(ADDR_NO_RANDOMIZE);
    execl("/proc/self/exe", "places", "fixed", NULL);
  }
  extern char __executable_start, **environ;
  printf("%p\n", (void *)&__executable_start);
  char **end = environ;
  while (*end != NULL) end++;
  const char *last = (char *)getauxval(AT_EXECFN); /* the topmost string */
  printf("%p\n", (void *)((unsigned long)(last + strlen(last) + 1 + 4095) & -4096UL));
  CHECK(within(printf, 0x7ffff7000000, 0x7ffff7fff000));
  CHECK(within(mapped, 0x7ffff7000000, 0x7ffff7fff000));
  if (strcmp(arguments[1], "fixed") == 0) {
    personality(ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT);
    execl("/proc/self/exe", "places", "legacy", NULL);
  }
  return 0;
}
