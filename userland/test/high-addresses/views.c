// High memory as others see it: process_vm_readv(2), /proc/PID/mem, /proc/PID/maps, ptrace(2).
#include "check.h"
#include <sys/ptrace.h>

static char *const AT = (char *)0x123456789000;
static char *const LAST = (char *)0x7ffffffff000 - 4096;

static void show_maps(const char *what) {
  FILE *file = fopen("/proc/self/maps", "r");
  char line[4096];
  printf("%s:\n", what);
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned long from = strtoul(line, NULL, 16);
    if (from == 0x100000000 || from == 0xff000000 || (from >= (unsigned long)AT && from < (unsigned long)AT + 65536) || from == (unsigned long)LAST)
      printf("  %.*s\n", (int)strcspn(line, "\n ") + 5, line);
  }
  fclose(file);
}

static long field(const char *name) {
  FILE *file = fopen("/proc/self/smaps", "r");
  char line[4096];
  long value = -1;
  int is_ours = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strchr(line, '-') != NULL && strchr(line, '-') < strchr(line, ' ')) is_ours = strtoul(line, NULL, 16) == (unsigned long)AT;
    else if (is_ours && strncmp(line, name, strlen(name)) == 0) value = atol(line + strlen(name) + 1);
  }
  fclose(file);
  return value;
}

int main(void) {
  mmap((void *)0x100000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap((void *)0xff000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap(AT, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap(LAST, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mprotect(AT + 32768, 4096, PROT_READ | PROT_EXEC);
  strcpy(AT + 4094, "across");
  strcpy(LAST + 4092, "end");
  show_maps("maps");
  printf("Size %ld, Rss %ld\n", field("Size:"), field("Rss:"));

  int mem = open("/proc/self/mem", O_RDWR);
  char text[4096] = "";
  SHOW(pread(mem, text, 7, (long)AT + 4094));
  puts(text);
  SHOW(pwrite(mem, "ACROSS", 6, (long)AT + 4094));
  puts(AT + 4094);
  SHOW(pwrite(mem, "forced", 7, (long)AT + 32768));
  puts(AT + 32768);
  SHOW(pread(mem, text, 4096, (long)LAST + 4092));
  puts(text);
  SHOW(pread(mem, text, 1, (long)LAST + 4096));
  SHOW(pread(mem, text, 1, (long)AT + 65536));

  int pipes[2];
  MUST(pipe(pipes));
  pid_t child = fork();
  if (child == 0) {
    strcpy(AT + 4094, "child");
    strcpy(AT + 8192, "second");
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    printf("child found %s %lx\n", AT + 4094, *(long *)(AT + 16384));
    _exit(0);
  }
  waitpid(child, NULL, 0);
  struct iovec local[] = {{text, 6}, {text + 100, 7}};
  struct iovec remote[] = {{AT + 4094, 6}, {AT + 8192, 7}};
  SHOW(process_vm_readv(child, local, 2, remote, 2, 0));
  printf("%s %s\n", text, text + 100);
  struct iovec wanted = {"CHILD", 6}, to = {AT + 4094, 6};
  SHOW(process_vm_writev(child, &wanted, 1, &to, 1, 0));
  struct iovec over = {LAST + 4092, 100}, all = {text, 100};
  SHOW(process_vm_readv(child, &all, 1, &over, 1, 0));
  over.iov_len = 4;
  SHOW(process_vm_readv(child, &all, 1, &over, 1, 0));
  over.iov_base = LAST + 4096;
  SHOW(process_vm_readv(child, &all, 1, &over, 1, 0));
  printf("%lx\n", ptrace(PTRACE_PEEKDATA, child, AT + 4094, NULL));
  SHOW(ptrace(PTRACE_POKEDATA, child, AT + 16384, 0x1122334455667788));
  SHOW(ptrace(PTRACE_POKEDATA, child, AT + 32766, 0x1122334455667788));
  errno = 0;
  SHOW(ptrace(PTRACE_PEEKDATA, child, LAST + 4096, NULL));
  SHOW(ptrace(PTRACE_PEEKDATA, child, AT + 65536, NULL));
  ptrace(PTRACE_CONT, child, NULL, NULL);
  show_end("child", child);
}
