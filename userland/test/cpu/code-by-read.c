// Code that read(2), pread and process_vm_writev put into a page is what runs afterwards.
#include "check.h"

int main(void) {
  unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int (*function)(void) = (int (*)(void))code;
  unsigned char text[6] = {0xb8, 0, 0, 0, 0, 0xc3};
  int pipes[2];
  MUST(pipe(pipes));
  long sum = 0;
  for (int round = 0; round < 100; round++) {
    text[1] = round;
    write(pipes[1], text, 6);
    MUST(read(pipes[0], code, 6));
    for (int i = 0; i < 300; i++) sum += function();
  }
  printf("%ld\n", sum);
  for (int round = 0; round < 100; round++) {
    text[1] = round;
    struct iovec from = {text, 6}, to = {code, 6};
    MUST(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
    for (int i = 0; i < 300; i++) sum -= function();
  }
  printf("%ld\n", sum);
}
