/* Restartable sequences: a critical section that never ends is left by its abort handler at a signal. */
/* gcc: -w -fno-inline */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static void ignore(int number) {}

static struct {
  uint32_t version, flags;
  uint64_t start, length, abort;
} section __attribute__((aligned(32)));

int main(void) {
  struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
  printf("registered: %d %d\n", area->cpu_id < 1024, area->cpu_id_start < 1024);
  struct itimerval period = {{0, 5000}, {0, 5000}};
  signal(SIGALRM, ignore);
  setitimer(ITIMER_REAL, &period, NULL);
  int aborted = 0;
  for (int i = 0; i < 3; i++) {
    int isAborted;
    asm volatile(
        "leaq 1f(%%rip), %%rax\n"
        "movq %%rax, 8(%[section])\n"
        "leaq 2f(%%rip), %%rcx\n"
        "subq %%rax, %%rcx\n"
        "movq %%rcx, 16(%[section])\n"
        "leaq 4f(%%rip), %%rax\n"
        "movq %%rax, 24(%[section])\n"
        "movq %[section], 8(%[area])\n"
        "1: movl $0, %[isAborted]\n"
        "3: addl $1, %%ecx\n"
        "jmp 3b\n"
        "2: jmp 5f\n"
        ".byte 0x0f, 0xb9, 0x3d\n"
        ".long 0x53053053\n"
        "4: movl $1, %[isAborted]\n"
        "5:\n"
        : [isAborted] "=&r"(isAborted)
        : [section] "r"(&section), [area] "r"(area)
        : "rax", "rcx", "memory", "cc");
    aborted += isAborted;
  }
  // By a signal, or by a preemption.
  printf("aborted: %d, section cleared: %d\n", aborted, area->rseq_cs == 0);
  syscall(SYS_rseq, area, 32, 0, 0x53053053);
  printf("registered again: %s\n", strerror(errno));
  syscall(SYS_rseq, area, 32, 0, 1);
  printf("with another signature: %s\n", strerror(errno));
  long result = syscall(SYS_rseq, area, 32, 1, 0x53053053);
  printf("unregistered: %ld %d\n", result, (int)area->cpu_id);
  return 0;
}
