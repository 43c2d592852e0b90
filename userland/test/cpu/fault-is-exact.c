// An instruction that faults has done nothing: it can be repeated when the page is there.
#include "check.h"

static char *base;
static int faults;

static void handler(int number, siginfo_t *info, void *context) {
  char *page = (char *)((unsigned long)info->si_addr & -4096L);
  faults++;
  mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  base = mmap(NULL, 16 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  /* a store across two pages */
  *(volatile long *)(base + 4096 - 4) = 0x1122334455667788;
  printf("%d faults, %lx\n", faults, *(long *)(base + 4096 - 4));
  /* a string instruction stops in the middle and goes on */
  char *to = base + 3 * 4096 - 100;
  long count = 5000;
  asm volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(0x42) : "memory");
  printf("%d faults, count %ld, end %ld\n", faults, count, (long)(to - base));
  /* read-modify-write, and push */
  long *word = (long *)(base + 8 * 4096 - 3);
  asm volatile("lock; addq $5, %0; incq %0" : "+m"(*word) : : "cc");
  printf("%d faults, %ld\n", faults, *word);
  char *stack = base + 10 * 4096 + 8;
  asm volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\tpush $7\n\tpush $8\n\tpop %%rax\n\tpop %%rcx\n\tmov %%rbx, %%rsp"
               : : "r"(stack) : "rax", "rbx", "rcx", "memory");
  printf("%d faults, %ld %ld\n", faults, ((long *)stack)[-1], ((long *)stack)[-2]);
  /* code across two pages, both of which are missing */
  char *code = base + 13 * 4096 - 3;
  mprotect(base + 12 * 4096, 8192, PROT_READ | PROT_WRITE);
  memcpy(code, "\x48\xb8\x08\x07\x06\x05\x04\x03\x02\x01\xc3", 11);
  mprotect(base + 12 * 4096, 8192, PROT_NONE);
  faults = 0;
  printf("%lx\n", ((long (*)(void))code)());
  printf("%d faults\n", faults);
}
