/*
 * execve(2) of ELF files with changed headers: which are refused, which crash, which run all the same.
 * gcc: dynamic
 */
#include "check.h"
#include <elf.h>
#include <stddef.h>

static unsigned char *original, *image;
static long length;
static Elf64_Ehdr *header;

static Elf64_Phdr *segment(unsigned type, int number) {
  Elf64_Phdr *headers = (Elf64_Phdr *)(image + header->e_phoff);
  for (int i = 0; i < header->e_phnum; i++)
    if (headers[i].p_type == type && number-- == 0) return headers + i;
  return NULL;
}

static void restore(void) {
  memcpy(image, original, length);
  header = (Elf64_Ehdr *)image;
}

static void write_image(const char *path, long size, int mode) {
  unlink(path);
  int fd = (int)MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700));
  MUST(write(fd, image, size));
  fchmod(fd, mode);
  close(fd);
}

/* Executes the file and prints what comes of it. */
static void execute(const char *what, const char *path) {
  int report[2], error = 0, status;
  MUST(pipe2(report, O_CLOEXEC));
  pid_t child = (pid_t)MUST(fork());
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), 2);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    execve(path, (char *[]){(char *)path, "child", NULL}, (char *[]){NULL});
    error = errno;
    write(report[1], &error, sizeof error);
    _exit(1);
  }
  close(report[1]);
  long got = read(report[0], &error, sizeof error);
  close(report[0]);
  MUST(waitpid(child, &status, 0));
  if (got > 0) printf("%s: %s\n", what, strerrorname_np(error));
  else if (WIFSIGNALED(status)) printf("%s: SIG%s\n", what, sigabbrev_np(WTERMSIG(status)));
  else printf("%s: runs (%d)\n", what, WEXITSTATUS(status));
}

static void execute_image(const char *what) {
  write_image("program", length, 0755);
  execute(what, "program");
  restore();
}
#define CHANGED(change) (change, execute_image(#change))

static void change_interpreter(void) {
  CHANGED(segment(PT_INTERP, 0)->p_filesz = 1);
  CHANGED(segment(PT_INTERP, 0)->p_filesz = 4097);
  CHANGED(segment(PT_INTERP, 0)->p_filesz--);
  CHANGED(segment(PT_INTERP, 0)->p_offset = length);
  CHANGED(segment(PT_INTERP, 0)->p_offset = 1ull << 63);
  const char *names[] = {"", "/", "/etc/passwd", "/no/such", "relative", "./interpreter"};
  for (int i = 0; i < 6; i++) {
    char what[64];
    snprintf(what, sizeof what, "interpreter \"%s\"", names[i]);
    strcpy((char *)image + segment(PT_INTERP, 0)->p_offset, names[i]);
    if (i == 5) segment(PT_INTERP, 0)->p_filesz = strlen(names[i]) + 1;
    execute_image(what);
  }
}

/* A file as interpreter of a good program. */
static void interpret_with_image(const char *what) {
  write_image("interpreter", length, 0755);
  restore();
  strcpy((char *)image + segment(PT_INTERP, 0)->p_offset, "./interpreter");
  execute_image(what);
}

static void change_segments(void) {
  for (int i = 0; segment(PT_LOAD, i) != NULL; i++) {
    printf("segment %d\n", i);
    CHANGED(segment(PT_LOAD, i)->p_memsz = segment(PT_LOAD, i)->p_filesz - 1);
    CHANGED(segment(PT_LOAD, i)->p_memsz = 1ull << 47);
    CHANGED(segment(PT_LOAD, i)->p_vaddr = 1ull << 47);
    CHANGED(segment(PT_LOAD, i)->p_vaddr = -4096ull);
    CHANGED(segment(PT_LOAD, i)->p_offset += 8);
    CHANGED(segment(PT_LOAD, i)->p_offset += 1ull << 40);
    CHANGED(segment(PT_LOAD, i)->p_offset |= 1ull << 63);
    CHANGED(segment(PT_LOAD, i)->p_flags = 0);
    CHANGED(segment(PT_LOAD, i)->p_type = PT_NULL);
    CHANGED(segment(PT_LOAD, i)->p_align = 3);
    CHANGED(segment(PT_LOAD, i)->p_align = 2 << 20);
  }
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "child") == 0) return 42;
  int fd = (int)MUST(open("/proc/self/exe", O_RDONLY));
  struct stat status;
  MUST(fstat(fd, &status));
  length = status.st_size;
  original = malloc(length);
  image = malloc(length + 4096);
  MUST(read(fd, original, length));
  restore();
  execute_image("unchanged");

  CHANGED(header->e_type = ET_NONE);
  CHANGED(header->e_type = ET_REL);
  CHANGED(header->e_type = ET_CORE);
  CHANGED(header->e_machine = EM_ARM);
  CHANGED(header->e_ident[EI_CLASS] = ELFCLASS32);
  CHANGED(header->e_ident[EI_DATA] = ELFDATA2MSB);
  CHANGED(header->e_ident[EI_MAG3] = 'f');
  CHANGED(header->e_version = 7);
  CHANGED(header->e_phentsize = 32);
  CHANGED(header->e_phnum = 0);
  CHANGED(header->e_phnum = 2000);
  CHANGED(header->e_phnum = 65535);
  CHANGED(header->e_phoff = 1ull << 40);
  CHANGED(header->e_phoff = -1);
  CHANGED(header->e_entry = 1ull << 47);
  CHANGED(header->e_shoff = -1);

  change_interpreter();
  memcpy(image, "no ELF file at all", 18), interpret_with_image("interpreter without magic");
  header->e_machine = EM_ARM, interpret_with_image("interpreter for another machine");
  header->e_phnum = 0, interpret_with_image("interpreter without headers");
  header->e_type = ET_REL, interpret_with_image("interpreter that is an object file");
  write_image("interpreter", 60, 0755), strcpy((char *)image + segment(PT_INTERP, 0)->p_offset, "./interpreter");
  execute_image("interpreter cut short");
  write_image("interpreter", length, 0644), strcpy((char *)image + segment(PT_INTERP, 0)->p_offset, "./interpreter");
  execute_image("interpreter without x");

  change_segments();
  CHANGED(segment(PT_GNU_STACK, 0)->p_flags = PF_R | PF_W | PF_X);
  CHANGED(segment(PT_GNU_STACK, 0)->p_type = PT_NULL);
  for (long size = 0; size <= 120; size += 20) {
    char what[32];
    snprintf(what, sizeof what, "first %ld bytes", size);
    write_image("program", size, 0755);
    execute(what, "program");
  }
  write_image("program", length, 0644);
  execute("mode 644", "program");
  execute("directory", ".");
  return 0;
}
