// A handler finds the registers of the interrupted program in its third argument, and may change them: sigreturn(2).
#include "check.h"

static void handler(int number, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  if (number == SIGILL) {
    printf("rax %llx rbx %llx rcx %llx r8 %llx r15 %llx\n", r[REG_RAX], r[REG_RBX], r[REG_RCX], r[REG_R8], r[REG_R15]);
    printf("at the instruction: %d\n", *(unsigned short *)r[REG_RIP] == 0x0b0f);
    printf("carry %lld, zero %lld, direction %lld\n", r[REG_EFL] & 1, r[REG_EFL] >> 6 & 1, r[REG_EFL] >> 10 & 1);
    r[REG_RIP] += 2;
    r[REG_RBX] = 0x123456789abcdef0;
    r[REG_EFL] &= ~1;
  }
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGILL, &action, NULL);
  unsigned long rbx = 0xb0b0, carry = 9, direction;
  asm volatile(
      "mov $0x1111111111111111, %%rax\n\t"
      "mov $0x2222222222222222, %%rbx\n\t"
      "mov $0x3333333333333333, %%rcx\n\t"
      "mov $0x8888888888888888, %%r8\n\t"
      "mov $0xffffffffffffffff, %%r15\n\t"
      "xor %%edx, %%edx\n\t"
      "std\n\t"
      "stc\n\t"
      "ud2\n\t"
      "setc %%dl\n\t"
      "pushf\n\t"
      "pop %2\n\t"
      "cld\n\t"
      "mov %%rbx, %0\n\t"
      "mov %%rdx, %1\n\t"
      : "=m"(rbx), "=m"(carry), "=&r"(direction)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r15", "cc", "memory");
  printf("rbx %lx, carry %lu, direction kept %lu\n", rbx, carry, direction >> 10 & 1);
}
