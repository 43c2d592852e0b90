// Code in a page that is shared after fork(2): the store that changes it copies the page, and the change counts at once.
#include "check.h"

static unsigned char *code;

/* movb %sil, (%rdi); mov $1, %eax; ret */
static const unsigned char ahead[] = {0x40, 0x88, 0x37, 0xb8, 1, 0, 0, 0, 0xc3};
/* movb %sil, (%rdi); fldz; fstp %st(0); mov $7, %eax; ret */
static const unsigned char helped[] = {0x40, 0x88, 0x37, 0xd9, 0xee, 0xdd, 0xd8, 0xb8, 7, 0, 0, 0, 0xc3};

static int run(void *to, int value) { return ((int (*)(void *, int))code)(to, value); }

static void change(int turns, int value) {
  static unsigned char elsewhere;
  for (int i = 0; i < turns; i++) run(&elsewhere, 5);
  pid_t child = fork();
  if (child == 0) {
    printf("child %d\n", run(code + 4, value));
    printf("child %d\n", run(&elsewhere, 5));
    exit(0);
  }
  waitpid(child, NULL, 0);
  printf("parent %d\n", run(&elsewhere, 5));
  printf("parent %d\n", run(code + 4, value + 1));
  printf("parent %d\n", run(&elsewhere, 5));
}

static void unknown(int number) {
  puts("unknown instruction");
  _exit(0);
}

int main(void) {
  code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(code, ahead, sizeof ahead);
  change(1, 3);
  memcpy(code, ahead, sizeof ahead);
  change(100000, 30);
  /* a private mapping of a file: the first store copies as well */
  int fd = MUST(memfd_create("code", 0));
  MUST(write(fd, ahead, sizeof ahead));
  code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd, 0);
  printf("file %d\n", run(code + 4, 9));
  code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, fd, 0);
  change(100000, 40);
  /* an instruction becomes one that is not there */
  signal(SIGILL, unknown);
  memcpy(code, helped, sizeof helped);
  if (fork() == 0) {
    printf("%d\n", run(code + 4, 0xe6));
    exit(0);
  }
  wait(NULL);
}
