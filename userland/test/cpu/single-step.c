// With the trap flag each instruction is followed by SIGTRAP; rep steps by iteration: popf, signal(7) TRAP_TRACE.
#include "check.h"

static volatile int steps, code;

static void handler(int number, siginfo_t *info, void *context) {
  steps++;
  code = info->si_code;
  if (steps > 1000) ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}

#define FLAG_ON "pushf\n\torl $0x100, (%%rsp)\n\tpopf\n\t"
#define FLAG_OFF "pushf\n\tandl $~0x100, (%%rsp)\n\tpopf\n\t"

#define STEP(what)                                                                             \
  steps = 0;                                                                                   \
  asm volatile("sub $128, %%rsp\n\t" FLAG_ON what FLAG_OFF "add $128, %%rsp" ::                 \
                   : "rax", "rbx", "rcx", "rdx", "rdi", "rsi", "r11", "cc", "memory");                \
  printf("%s: %d steps\n", #what, steps)

char bytes[64];

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  STEP("");
  printf("code %d\n", code);
  STEP("nop\n\tnop\n\tnop\n\t");
  STEP("mov $5, %%ecx\n\t1: loop 1b\n\t");
  STEP("lea bytes(%%rip), %%rdi\n\tmov $7, %%ecx\n\trep stosb\n\t");
  STEP("call 1f\n\tjmp 2f\n\t1: ret\n\t2:\n\t");
  STEP("mov $39, %%eax\n\tsyscall\n\tnop\n\t");
  STEP("xor %%eax, %%eax\n\tcpuid\n\t");
}
