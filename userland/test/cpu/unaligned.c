// Loads and stores at every alignment, across pages too, are whole: all sizes up to 16 bytes.
#include "check.h"
#include <emmintrin.h>

int main(void) {
  unsigned char *memory = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 12288; i++) memory[i] = i * 7;
  int wrong = 0;
  for (int at = 4096 - 20; at < 4096 + 4; at++) {
    unsigned short s;
    unsigned u;
    unsigned long l;
    unsigned char x[16];
    asm volatile("movw %1, %0" : "=r"(s) : "m"(memory[at]));
    asm volatile("movl %1, %0" : "=r"(u) : "m"(memory[at]));
    asm volatile("movq %1, %0" : "=r"(l) : "m"(memory[at]));
    _mm_storeu_si128((__m128i *)x, _mm_loadu_si128((__m128i *)(memory + at)));
    wrong += memcmp(&s, memory + at, 2) || memcmp(&u, memory + at, 4) || memcmp(&l, memory + at, 8) || memcmp(x, memory + at, 16);
    unsigned char expected[16];
    for (int i = 0; i < 16; i++) expected[i] = at + i * 3;
    _mm_storeu_si128((__m128i *)(memory + at + 4096), _mm_loadu_si128((__m128i *)expected));
    for (int i = 0; i < 16; i++) wrong += memory[at + 4096 + i] != expected[i];
    long double ld = at, back;
    memcpy(memory + at, &ld, 10);
    asm volatile("fldt %1; fstpt %0" : "=m"(back) : "m"(memory[at]));
    wrong += back != ld;
    for (int i = 0; i < 16; i++) memory[at + i] = (at + i) * 7;
  }
  CHECK(wrong == 0);
}
