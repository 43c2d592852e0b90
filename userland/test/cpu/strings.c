// The string instructions in both directions, overlapping, with counts of zero and across pages.
#include "check.h"

static char *memory;

static long run(int which, char *to, char *from, long count) {
  long c = count;
  switch (which) {
    case 0: asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(c) : : "memory"); break;
    case 1: asm volatile("std; rep movsb; cld" : "+D"(to), "+S"(from), "+c"(c) : : "memory"); break;
    case 2: asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(c) : : "memory"); break;
    case 3: asm volatile("std; rep movsw; cld" : "+D"(to), "+S"(from), "+c"(c) : : "memory"); break;
    case 4: asm volatile("rep stosl" : "+D"(to), "+c"(c) : "a"(0x31323334) : "memory"); break;
    case 5: asm volatile("repne scasb" : "+D"(to), "+c"(c) : "a"('q') : "memory", "cc"); break;
    case 6: asm volatile("repe cmpsb" : "+D"(to), "+S"(from), "+c"(c) : : "memory", "cc"); break;
  }
  return c;
}

int main(void) {
  memory = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *middle = memory + 4096 - 8;
  for (int which = 0; which < 7; which++) {
    for (long count = 0; count < 14; count += 3) {
      for (int i = 0; i < 64; i++) middle[i - 24] = 'a' + i % 26;
      long left = run(which, middle + 5, middle, count);
      unsigned hash = 0;
      for (int i = -40; i < 120; i++) hash = hash * 31 + (unsigned char)middle[i];
      printf("%d count %ld: left %ld, %.12s, %08x\n", which, count, left, middle, hash);
    }
  }
  run(4, memory + 100, NULL, 3000);
  unsigned long sum = 0;
  for (int i = 0; i < 16384; i++) sum += (unsigned char)memory[i];
  printf("%lu\n", sum);
}
