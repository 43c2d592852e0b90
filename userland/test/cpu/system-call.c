// syscall keeps all registers but rax, rcx and r11, and uses no memory; unknown numbers are ENOSYS: syscall(2).
#include "check.h"

int main(void) {
  unsigned long rax = 99999, rbx, rdx, r8, r12, r11, rcx, flags;
  asm volatile(
      "mov $1, %%rdi\n\tmov $2, %%rsi\n\tmov $3, %%rdx\n\tmov $8, %%r8\n\tmov $12, %%r12\n\tmov $7, %%rbx\n\tstc\n\t"
      "syscall\n\t"
      "1: lea 1b(%%rip), %%r9\n\tsub %%r9, %%rcx\n\tpushf\n\tpop %%r9\n\tsub %%r9, %%r11\n\tand $0x40, %%r11\n\t"
      "mov %%r9, %7\n\tmov %%rbx, %1\n\tmov %%rdx, %2\n\tmov %%r8, %3\n\tmov %%r12, %4\n\tmov %%r11, %5\n\tmov %%rcx, %6"
      : "+a"(rax), "=m"(rbx), "=m"(rdx), "=m"(r8), "=m"(r12), "=m"(r11), "=m"(rcx), "=m"(flags)
      :
      : "rbx", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r11", "r12", "memory", "cc");
  printf("rax %ld, rbx %lu, rdx %lu, r8 %lu, r12 %lu, rcx is the return address: %d\n", (long)rax, rbx, rdx, r8, r12, rcx == 0);
  SHOW(syscall(-1L));
  SHOW(syscall(400));
  SHOW(syscall(1000000));
  /* the upper half of the number counts for nothing: rax is cut to 32 bits */
  CHECK(syscall((1L << 32) + SYS_getpid) == getpid() || errno == ENOSYS);
  SHOW(syscall(SYS_close, 0x100000000L + 77)); /* as do the upper halves of int arguments */
  int fd = open("/dev/null", O_RDONLY);
  SHOW(syscall(SYS_close, 0x700000000L + fd));
}
