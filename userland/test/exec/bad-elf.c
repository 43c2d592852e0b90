// Damaged ELF files are refused, or end the process by SIGSEGV, without harm: elf(5), execve(2) ENOEXEC.
#include "check.h"
#include <elf.h>

static char image[4 << 20];
static size_t size;

static void run(const char *what, size_t length) {
  int fd = MUST(open("damaged", O_WRONLY | O_CREAT | O_TRUNC, 0755));
  write(fd, image, length);
  close(fd);
  pid_t child = fork();
  if (child == 0) {
    execl("./damaged", "damaged", "x", NULL);
    printf("%s: %s\n", what, strerrorname_np(errno));
    _exit(1);
  }
  show_end(what, child);
}

int main(int argc, char **argv) {
  if (argc > 1) return 33;
  int fd = MUST(open("/proc/self/exe", O_RDONLY));
  size = read(fd, image, sizeof image);
  Elf64_Ehdr *header = (void *)image, kept = *header;
  run("whole", size);
  run("empty", 0);
  run("4 bytes", 4);
  run("half a header", 40);
  run("only the header", 64);
#define DAMAGE(field, value)         \
  header->field = value;             \
  run(#field " = " #value, size);    \
  *header = kept
  DAMAGE(e_ident[0], 0);
  DAMAGE(e_machine, EM_AARCH64);
  DAMAGE(e_type, ET_REL);
  DAMAGE(e_phnum, 0);
  DAMAGE(e_phnum, 65535);
  DAMAGE(e_phentsize, 1);
  DAMAGE(e_phoff, 1 << 30);
  DAMAGE(e_entry, 0);
  DAMAGE(e_entry, 1UL << 63);
}
