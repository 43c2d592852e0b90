// Locked instructions on a word that lies across two cache lines or pages are still atomic: lock prefix.
#include "check.h"

static char *memory;

static void *add(void *unused) {
  for (int i = 0; i < 2000; i++) {
    __atomic_fetch_add((int *)(memory + 4096 - 2), 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add((long *)(memory + 8192 - 5), 3, __ATOMIC_SEQ_CST);
    __atomic_fetch_add((short *)(memory + 63), 1, __ATOMIC_SEQ_CST);
  }
  return NULL;
}

int main(void) {
  memory = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_t thread[3];
  for (int i = 0; i < 3; i++) pthread_create(&thread[i], NULL, add, NULL);
  add(NULL);
  for (int i = 0; i < 3; i++) pthread_join(thread[i], NULL);
  int word;
  long longer;
  short shorter;
  memcpy(&word, memory + 4094, 4);
  memcpy(&longer, memory + 8187, 8);
  memcpy(&shorter, memory + 63, 2);
  printf("%d %ld %d\n", word, longer, shorter);
  long old = 24000, new = -1;
  char ok;
  asm volatile("lock cmpxchgq %3, %1; sete %0" : "=q"(ok), "+m"(*(long *)(memory + 8187)), "+a"(old) : "r"(new) : "cc");
  memcpy(&longer, memory + 8187, 8);
  printf("%d %ld\n", ok, longer);
}
