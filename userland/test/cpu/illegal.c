// Instructions that are none, or not for programs: SIGILL, or SIGSEGV for privileged ones: signal(7).
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;

static void handler(int number, siginfo_t *info, void *context) {
  void *rip = (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  printf("%s, code %d, address %s\n", sigabbrev_np(number), info->si_code,
         info->si_addr == rip ? "of the instruction" : info->si_addr == NULL ? "none" : "other");
  siglongjmp(place, 1);
}

#define TRY(text)                                             \
  printf("%s: ", text);                                       \
  fflush(stdout);                                             \
  if (sigsetjmp(place, 1) == 0) {                             \
    asm volatile(text ::: "rax", "rcx", "rdx", "memory");     \
    puts("no signal");                                        \
  }

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  int numbers[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE};
  for (int i = 0; i < 5; i++) sigaction(numbers[i], &action, NULL);
  TRY("ud2");
  TRY(".byte 0x06");                   /* push es: not in 64-bit mode */
  TRY(".byte 0xf0, 0x90");             /* lock nop */
  TRY(".byte 0x0f, 0x0b, 0xff");
  TRY(".byte 0x0f, 0xff, 0xc0");       /* ud0 */
  TRY("hlt");
  TRY("cli");
  TRY("wbinvd");
  TRY("mov %%cr0, %%rax");
  TRY("rdmsr");
  TRY("xor %%eax, %%eax; lgdt (%%rsp)");
  TRY("in $0x80, %%al");
  TRY("out %%al, $0x80");
  TRY("int $3");
  TRY("int3");
  TRY("int $0x40");
  TRY("int $4");
  TRY("movaps 1(%%rsp), %%xmm0");      /* not aligned */
  TRY("iretq; .byte 0");
}
