// A program that changes its own instructions runs the new ones at once, also in the same loop.
#include "check.h"

int main(void) {
  unsigned char *code = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int (*function)(void) = (int (*)(void))code;
  long sum = 0;
  for (int i = 0; i < 3000; i++) {
    code[0] = 0xb8; /* mov $i, %eax; ret */
    memcpy(code + 1, &i, 4);
    code[5] = 0xc3;
    sum += function();
  }
  printf("%ld\n", sum);
  /* long the same, then changed: what was translated has to go */
  for (int i = 0; i < 200000; i++) sum += function();
  code[1] = 1;
  code[2] = code[3] = 0;
  sum = 0;
  for (int i = 0; i < 200000; i++) sum += function();
  printf("%ld\n", sum);
  /* code that changes the instruction just behind it */
  static const unsigned char own[] = {
      0xb9, 5, 0, 0, 0,                   /* mov $5, %ecx */
      0x31, 0xc0,                         /* xor %eax, %eax */
      0x83, 0xc0, 0x01,                   /* add $1, %eax */
      0x80, 0x05, 0xf8, 0xff, 0xff, 0xff, 0x02, /* addb $2, -8(%rip): the 1 above */
      0xff, 0xc9,                         /* dec %ecx */
      0x75, 0xf2,                         /* jnz to the add */
      0xc3};
  memcpy(code, own, sizeof own);
  printf("%d\n", function()); /* 1 + 3 + 5 + 7 + 9 */
  /* the very next instruction */
  static const unsigned char next[] = {0x48, 0x8d, 0x05, 0x0b, 0, 0, 0, /* lea 11(%rip), %rax */
                                       0xc6, 0x00, 0x07,                /* movb $7, (%rax) */
                                       0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90,
                                       0xb8, 1, 0, 0, 0, /* mov $1, %eax */
                                       0xc3};
  memcpy(code + 4096 - 20, next, sizeof next); /* and it lies across two pages */
  printf("%d\n", ((int (*)(void))(code + 4096 - 20))());
}
