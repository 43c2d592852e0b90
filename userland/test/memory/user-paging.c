// A program that pages for itself: its SIGSEGV handler allows the page, and the access is done again: mprotect(2).
#include "check.h"

#define PAGES 700
static char *area;
static volatile int reads, writes, others;

static void handler(int number, siginfo_t *info, void *context) {
  char *page = (char *)((uintptr_t)info->si_addr & ~4095UL);
  int isWrite = (((ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & 2) != 0;
  if (page < area || page >= area + PAGES * 4096L) others++;
  if (isWrite) writes++;
  else reads++;
  if (mprotect(page, 4096, isWrite ? PROT_READ | PROT_WRITE : PROT_READ) == -1) _exit(1);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  area = mmap(NULL, PAGES * 4096L, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  long sum = 0;
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < PAGES; i++) sum += area[i * 4096L + i];
    for (int i = 0; i < PAGES; i++) area[i * 4096L + i] += (char)i;
    MUST(mprotect(area, PAGES * 4096L, PROT_NONE));
  }
  printf("%d reads, %d writes, %d others\n", reads, writes, others);
  /* an access that lies across two such pages faults twice */
  reads = writes = 0;
  for (int i = 1; i < PAGES; i += 2) (*(long *)(area + i * 4096L - 3))++;
  printf("%d reads, %d writes\n", reads, writes);
  /* so does code */
  reads = writes = 0;
  MUST(mprotect(area, PAGES * 4096L, PROT_READ | PROT_WRITE));
  for (int i = 0; i < PAGES; i++) {
    int same = 0;
    for (int j = 0; j < 8; j++) same += area[i * 4096L + i + j] != 0;
    sum += same;
  }
  printf("%ld\n", sum);
}
