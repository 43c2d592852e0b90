/*
 * What a program finds when it begins: auxiliary vector, alignment of the stack, /proc/self, the vDSO.
 * gcc: dynamic
 */
#include "check.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

static const char *const names[] = {
    [AT_PHDR] = "PHDR",         [AT_PHENT] = "PHENT",   [AT_PHNUM] = "PHNUM",
    [AT_PAGESZ] = "PAGESZ",     [AT_BASE] = "BASE",     [AT_FLAGS] = "FLAGS",
    [AT_ENTRY] = "ENTRY",       [AT_UID] = "UID",       [AT_EUID] = "EUID",
    [AT_GID] = "GID",           [AT_EGID] = "EGID",     [AT_PLATFORM] = "PLATFORM",
    [AT_HWCAP] = "HWCAP",       [AT_CLKTCK] = "CLKTCK", [AT_SECURE] = "SECURE",
    [AT_RANDOM] = "RANDOM",     [AT_HWCAP2] = "HWCAP2", [AT_EXECFN] = "EXECFN",
    [AT_SYSINFO_EHDR] = "VDSO", [27] = "RSEQ_SIZE",     [28] = "RSEQ_ALIGN",
    [51] = "MINSIGSTKSZ",
};

static long file_size(const char *path) {
  char bytes[65536];
  int fd = (int)MUST(open(path, O_RDONLY));
  long size = MUST(read(fd, bytes, sizeof bytes));
  close(fd);
  return size;
}

static int count_maps(const char *name) {
  char line[512];
  int count = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps) != NULL) count += strstr(line, name) != NULL;
  fclose(maps);
  return count;
}

extern char **environ;
int zeros[5000];

int main(int argc, char **argv) {
  char **end = environ;
  while (*end != NULL) end++;
  int count = 0;
  for (ElfW(auxv_t) *entry = (ElfW(auxv_t) *)(end + 1);; entry++) {
    count++;
    if (entry->a_type == AT_NULL) break;
    printf("%s", entry->a_type < 52 && names[entry->a_type] != NULL ? names[entry->a_type] : "?");
    switch (entry->a_type) {
    case AT_PHENT:
    case AT_PHNUM:
    case AT_PAGESZ:
    case AT_FLAGS:
    case AT_CLKTCK:
    case AT_SECURE:
    case 27:
    case 28:
      printf(" %lu", entry->a_un.a_val);
    }
    printf("\n");
  }
  CHECK(file_size("/proc/self/auxv") == count * 16);
  CHECK((uintptr_t)(argv - 1) % 16 == 0);
  CHECK(((long *)argv)[-1] == argc);
  CHECK(strcmp((char *)getauxval(AT_PLATFORM), "x86_64") == 0);
  CHECK(strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
  CHECK(getauxval(AT_UID) == getuid());
  CHECK(getauxval(AT_EGID) == getegid());
  CHECK(getauxval(AT_MINSIGSTKSZ) >= 1024);
  CHECK(*(int *)getauxval(AT_PHDR) == PT_PHDR);
  CHECK(memcmp((void *)getauxval(AT_BASE), ELFMAG, 4) == 0);
  CHECK(memcmp((void *)getauxval(AT_SYSINFO_EHDR), ELFMAG, 4) == 0);
  for (int i = 0; i < 5000; i++)
    if (zeros[i] != 0) printf("bss is not clear\n");

  CHECK(count_maps("[heap]") <= 1);
  CHECK(count_maps("[stack]") == 1);
  CHECK(count_maps("[vdso]") == 1);
  CHECK(count_maps("exec-start") == 5);
  char exe[PATH_MAX] = "";
  SHOW_OK(readlink("/proc/self/exe", exe, sizeof exe - 1));
  CHECK(strcmp(strrchr(exe, '/'), strrchr(argv[0], '/')) == 0);
  CHECK(file_size("/proc/self/cmdline") == (long)strlen(argv[0]) + 1);

  struct timespec now, same;
  struct timeval coarse;
  unsigned cpu = 1000, node = 1000;
  SHOW(clock_gettime(CLOCK_REALTIME, &now));
  SHOW(gettimeofday(&coarse, NULL));
  CHECK(coarse.tv_sec - now.tv_sec < 2);
  CHECK(time(NULL) - now.tv_sec < 2);
  SHOW(syscall(SYS_clock_gettime, CLOCK_REALTIME, &same));
  CHECK(same.tv_sec - now.tv_sec < 2);
  SHOW(getcpu(&cpu, &node));
  CHECK(cpu < 1000 && node < 1000);
  SHOW(clock_getres(CLOCK_MONOTONIC, &now));
  return 0;
}
