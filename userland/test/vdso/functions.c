// The C library calls the vDSO's functions, found by name in its symbol table: vdso(7).
#include "check.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

static char *base;

static void *find(const char *name) {
  Elf64_Ehdr *header = (void *)base;
  Elf64_Phdr *segments = (void *)(base + header->e_phoff);
  Elf64_Dyn *dynamic = NULL;
  char *bias = base;
  for (int i = 0; i < header->e_phnum; i++) {
    if (segments[i].p_type == PT_LOAD) bias = base + segments[i].p_offset - segments[i].p_vaddr;
    if (segments[i].p_type == PT_DYNAMIC) dynamic = (void *)(base + segments[i].p_offset);
  }
  Elf64_Sym *symbols = NULL;
  char *strings = NULL;
  unsigned *hash = NULL;
  for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
    if (dynamic->d_tag == DT_SYMTAB) symbols = (void *)(bias + dynamic->d_un.d_ptr);
    if (dynamic->d_tag == DT_STRTAB) strings = bias + dynamic->d_un.d_ptr;
    if (dynamic->d_tag == DT_HASH) hash = (void *)(bias + dynamic->d_un.d_ptr);
  }
  if (symbols == NULL || strings == NULL) return NULL;
  unsigned count = hash != NULL ? hash[1] : 20;
  for (unsigned i = 1; i < count; i++)
    if (strcmp(strings + symbols[i].st_name, name) == 0) return bias + symbols[i].st_value;
  return NULL;
}

int main(void) {
  base = (char *)getauxval(AT_SYSINFO_EHDR);
  const char *names[] = {"__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time", "__vdso_getcpu", "__vdso_clock_getres"};
  for (int i = 0; i < 5; i++) printf("%s: %s\n", names[i], find(names[i]) != NULL ? "there" : "missing");
  int (*gettime)(clockid_t, struct timespec *) = find("__vdso_clock_gettime");
  struct timespec a, b;
  printf("%d\n", gettime(CLOCK_MONOTONIC, &a));
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
  CHECK(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
  printf("%d\n", gettime(99, &a));
  time_t (*get_time)(time_t *) = find("__vdso_time"), now;
  CHECK(get_time(&now) == now && now > 1600000000);
  unsigned cpu = -1, node = -1;
  int (*getcpu_)(unsigned *, unsigned *, void *) = find("__vdso_getcpu");
  printf("%d\n", getcpu_(&cpu, &node, NULL));
  CHECK(cpu < 10000 && node < 1000);
}
