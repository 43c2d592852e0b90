// Other code comes to an address where code was executed: mmap(2), munmap, mremap, also of the second page of a function.
#include "check.h"

#define PAGE 4096
#define ANYWHERE (char *)0x70000000
static const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC;

/* mov $value, %eax; ret */
static void put(char *at, int value) {
  at[0] = (char)0xb8;
  memcpy(at + 1, &value, 4);
  at[5] = (char)0xc3;
}
static long times(char *at, int turns) {
  long sum = 0;
  for (int i = 0; i < turns; i++) sum += ((int (*)(void))at)();
  return sum;
}

int main(void) {
  char *code = mmap(ANYWHERE, 2 * PAGE, rwx, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  CHECK(code == ANYWHERE);
  for (int value = 1; value < 6; value++) {
    MUST(munmap(code, 2 * PAGE));
    mmap(code, 2 * PAGE, rwx, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    put(code, value);
    printf("%ld\n", times(code, value == 3 ? 100000 : 10));
  }
  /* two pages of a file lie behind each other, then the second is another one; the loop spans both */
  static const unsigned char loop[] = {0xb9, 0xe8, 3, 0, 0,    /* mov $1000, %ecx */
                                       0x31, 0xc0,             /* xor %eax, %eax */
                                       0x83, 0xc0, 0x01,       /* add $1, %eax */
                                       0xff, 0xc9,             /* dec %ecx */
                                       0x75, 0xf9,             /* jnz to the add */
                                       0xc3};
  int fd = MUST(memfd_create("code", 0));
  MUST(ftruncate(fd, 4 * PAGE));
  char *file = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  for (int at = 1; at < (int)sizeof loop; at++) {
    char *start = code + PAGE - at;
    memcpy(file + PAGE - at, loop, sizeof loop);
    memcpy(file + 2 * PAGE, file + PAGE, PAGE);
    mmap(code, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0);
    long first = times(start, at % 4 == 1 ? 500 : 2);
    /* the third page is the same but for what is added */
    char *constant = file + 2 * PAGE + 9 - at;
    if (at <= 9) *constant = 5;
    mmap(code + PAGE, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 2 * PAGE);
    long second = times(start, 2);
    /* a store to the file is a store to the code */
    if (at <= 9) *constant = 3;
    printf("%d: %ld %ld %ld\n", at, first, second, times(start, 2));
  }
  /* moved elsewhere, with something else in its place */
  mmap(code, 2 * PAGE, rwx, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  put(code, 11);
  put(code + PAGE, 22);
  printf("%ld %ld\n", times(code, 50000), times(code + PAGE, 50000));
  char *moved = mremap(code, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, code + 16 * PAGE);
  CHECK(moved == code + 16 * PAGE);
  printf("%ld\n", times(moved, 2));
  MUST((long)mremap(code + PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, code));
  printf("%ld\n", times(code, 2));
  /* rights come and go */
  for (int i = 0; i < 2000; i++) {
    MUST(mprotect(code, PAGE, PROT_READ | PROT_WRITE));
    put(code, i);
    MUST(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
    if (times(code, 3) != 3 * i) printf("%d is wrong\n", i);
  }
  /* dropped: zeros are executed (add %al, (%rax)), which faults */
  MUST(mprotect(code, PAGE, rwx));
  MUST(madvise(code, PAGE, MADV_DONTNEED));
  pid_t child = fork();
  if (child == 0) {
    asm volatile("xor %%eax, %%eax\n\tjmp *%0" : : "r"(code) : "rax");
  }
  show_end("zeros", child);
}
