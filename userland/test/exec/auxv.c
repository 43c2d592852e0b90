// The auxiliary vector tells a program where it is and who runs it: getauxval(3).
// gcc: dynamic
#include "check.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

extern char _start[];

int main(int argc, char **argv) {
  CHECK(getauxval(AT_PAGESZ) == 4096);
  CHECK(getauxval(AT_CLKTCK) == 100);
  CHECK(getauxval(AT_PHENT) == sizeof(Elf64_Phdr));
  CHECK(getauxval(AT_PHNUM) > 5);
  CHECK(getauxval(AT_ENTRY) == (unsigned long)_start);
  CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_EUID) == geteuid());
  CHECK(getauxval(AT_GID) == getgid() && getauxval(AT_EGID) == getegid());
  CHECK(getauxval(AT_SECURE) == 0);
  CHECK(strcmp((char *)getauxval(AT_PLATFORM), "x86_64") == 0);
  CHECK(strcmp((char *)getauxval(AT_EXECFN), argv[0]) == 0);
  CHECK(getauxval(AT_BASE) != 0 && getauxval(AT_BASE) % 4096 == 0);
  CHECK((getauxval(AT_HWCAP) & 1 << 26) != 0); /* SSE2 */
  CHECK(getauxval(AT_HWCAP2) == 0 || getauxval(AT_HWCAP2) == 2);
  CHECK(getauxval(AT_MINSIGSTKSZ) >= 1000);
  unsigned char *random = (void *)getauxval(AT_RANDOM);
  int different = 0;
  for (int i = 1; i < 16; i++) different |= random[i] != random[0];
  CHECK(different);
  const char *vdso = (char *)getauxval(AT_SYSINFO_EHDR);
  CHECK(memcmp(vdso, ELFMAG, SELFMAG) == 0);
  Elf64_Phdr *headers = (void *)getauxval(AT_PHDR);
  int loads = 0;
  for (unsigned i = 0; i < getauxval(AT_PHNUM); i++) loads += headers[i].p_type == PT_LOAD;
  CHECK(loads == 4);
  Elf64_auxv_t entry;
  int fd = open("/proc/self/auxv", O_RDONLY), has_entry = 0;
  while (read(fd, &entry, sizeof entry) == sizeof entry) {
    if (entry.a_type == AT_ENTRY) has_entry = entry.a_un.a_val == (unsigned long)_start;
    if (entry.a_type == AT_NULL) break;
  }
  CHECK(has_entry);
}
