// Memory at fixed addresses all over the user half of x86-64 is as good as any other: loads, stores, locked
// instructions, across pages, string instructions, the C library's own.
#include "check.h"

static char *const places[] = {(char *)0x100000000, (char *)0x2fffff000, (char *)0x2000000000, (char *)0x100000000000,
                               (char *)0x500000000000, (char *)0x7d0000000000, (char *)0x7ffffffff000 - 4 * 4096};
enum { COUNT = sizeof places / sizeof *places, SIZE = 4 * 4096 };

static void rep_movsb(void *to, const void *from, size_t count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}
static void rep_stosq(void *to, uint64_t value, size_t count) {
  __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(value) : "memory");
}
static size_t repne_scasb(const void *in, char what, size_t count) {
  size_t left = count;
  __asm__ volatile("repne scasb" : "+D"(in), "+c"(left) : "a"(what) : "memory");
  return count - left;
}
/* Backwards, as memmove does where ranges overlap. */
static void std_movsq(void *to_end, const void *from_end, size_t count) {
  __asm__ volatile("std\n\trep movsq\n\tcld" : "+D"(to_end), "+S"(from_end), "+c"(count) : : "memory");
}

static void try(int i) {
  char *p = places[i];
  printf("%d: zeros %d", i, p[0] == 0 && p[SIZE - 1] == 0);
  for (int k = 0; k < SIZE; k++) p[k] = (char)(k * 7 + i);
  int good = 1;
  for (int k = 0; k < SIZE; k++) good &= p[k] == (char)(k * 7 + i);
  printf(", bytes %d", good);
  /* every width, at every distance from the end of a page */
  good = 1;
  for (int k = 4096 - 16; k < 4096 + 2; k++) {
    *(volatile uint64_t *)(p + k) = 0x0123456789abcdef;
    good &= *(volatile uint32_t *)(p + k) == 0x89abcdef && *(volatile uint16_t *)(p + k + 6) == 0x0123;
    good &= *(volatile uint8_t *)(p + k + 4) == 0x67;
    __uint128_t wide = (__uint128_t)0x1122334455667788 << 64 | k;
    memcpy(p + k, &wide, 16);
    good &= memcmp(p + k, &wide, 16) == 0;
  }
  printf(", across pages %d", good);
  uint64_t *word = (uint64_t *)(p + 4096 - 4);
  *word = 5;
  __asm__ volatile("lock xaddq %0, %1" : "=r"(*(uint64_t *)p), "+m"(*word) : "0"(10L) : "memory");
  printf(", locked %lu %lu", *(uint64_t *)p, *word);
  uint64_t expected = 15;
  good = __atomic_compare_exchange_n(word, &expected, 77, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  __uint128_t *pair = (__uint128_t *)(p + 8192);
  *pair = 1;
  unsigned char swapped;
  __asm__ volatile("lock cmpxchg16b %1\n\tsete %0" : "=q"(swapped), "+m"(*pair) : "a"(1L), "d"(0L), "b"(3L), "c"(4L) : "cc");
  printf(", exchanged %d %d %lu\n", good, swapped, (uint64_t)(*pair >> 64));
  rep_stosq(p, 0x2020202020202020, SIZE / 8);
  p[SIZE - 1] = 'x';
  printf("   scas %zu", repne_scasb(p, 'x', SIZE));
  for (int k = 0; k < 5000; k++) p[k + 100] = (char)('a' + k % 26);
  rep_movsb(p + 7000, p + 100, 5000);
  printf(", movs %d", memcmp(p + 7000, p + 100, 5000));
  std_movsq(p + 100 + 8 * 599 + 40, p + 100 + 8 * 599, 600);
  printf(", backwards %c%c%c", p[140], p[141], p[139 + 4800]);
  p[13000] = 0;
  printf(", strlen %zu, strchr %ld", strlen(p + 100), (long)(strchr(p + 8000, 'z') - p));
  memmove(p + 3, p, 8190);
  printf(", memmove %d %d\n", p[103], p[8192]);
  double *numbers = (double *)(p + 4096 - 12);
  for (int k = 0; k < 100; k++) numbers[k] = k * 0.5;
  double sum = 0;
  for (int k = 0; k < 100; k++) sum += numbers[k];
  long double *extended = (long double *)(p + 4096 - 5);
  *extended = 1.5L;
  printf("   sum %.1f, x87 %.1Lf\n", sum, *extended * 2);
}

int main(void) {
  for (int i = 0; i < COUNT; i++) {
    void *p = mmap(places[i], SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p != places[i]) return printf("%p: %s\n", (void *)places[i], strerrorname_np(errno)), 1;
  }
  for (int i = 0; i < COUNT; i++) try(i);
  /* Addresses that agree in their lower halves are different memory, also in turns. */
  char *twins[8];
  for (long i = 0; i < 8; i++) {
    twins[i] = mmap((char *)0x300000000000 + (i << 31), 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    *(long *)(twins[i] + 4092) = i;
  }
  long sum = 0;
  for (int k = 0; k < 20000; k++) {
    long *from = (long *)(twins[k % 8] + 4092), *to = (long *)(twins[(k * 3 + 1) % 8] + 4092);
    *to += *from & 3;
    sum += *to;
  }
  printf("twins %ld:", sum);
  for (int i = 0; i < 8; i++) printf(" %ld", *(long *)(twins[i] + 4092));
  puts("");
  /* from one to the other, in one instruction */
  memset(twins[0], 'A', 8192);
  rep_movsb(twins[1], twins[0], 8192);
  printf("copied %d\n", memcmp(twins[0], twins[1], 8192));
  for (int i = 0; i < COUNT; i++) SHOW(munmap(places[i], SIZE));
}
