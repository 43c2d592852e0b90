// Code in a page that is made writable and executable in turn, as JIT compilers do: mprotect(2).
#include "check.h"

int main(void) {
  unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int (*function)(void) = (int (*)(void))code;
  long sum = 0;
  for (int round = 0; round < 300; round++) {
    MUST(mprotect(code, 4096, PROT_READ | PROT_WRITE));
    code[0] = 0xb8;
    memcpy(code + 1, &round, 4);
    code[5] = 0xc3;
    MUST(mprotect(code, 4096, PROT_READ | PROT_EXEC));
    for (int i = 0; i < 50; i++) sum += function();
  }
  printf("%ld\n", sum);
  /* a new mapping at the same place */
  for (int round = 0; round < 100; round++) {
    munmap(code, 4096);
    mmap(code, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    code[0] = 0xb8;
    memcpy(code + 1, &round, 4);
    code[5] = 0xc3;
    for (int i = 0; i < 50; i++) sum -= function();
  }
  printf("%ld\n", sum);
}
