// A handler does not touch the 128 bytes below the stack pointer of what it interrupts: the x86-64 ABI.
#include "check.h"

static void handler(int number) {
  char fill[4096];
  memset(fill, 0xee, sizeof fill);
  asm volatile("" : : "r"(fill) : "memory");
}

int main(void) {
  signal(SIGILL, SIG_IGN);
  struct sigaction action = {.sa_handler = handler};
  sigaction(SIGUSR1, &action, NULL);
  int wrong = 0;
  for (int i = 0; i < 50; i++) {
    unsigned long first = 1, last = 2;
    long pid = getpid(), call = SYS_kill;
    asm volatile(
        "movq $0x5a5a, -8(%%rsp)\n\t"
        "movq $0x6b6b, -128(%%rsp)\n\t"
        "syscall\n\t"
        "mov -8(%%rsp), %0\n\t"
        "mov -128(%%rsp), %1\n\t"
        : "=&r"(first), "=&r"(last), "+a"(call)
        : "D"(pid), "S"((long)SIGUSR1)
        : "rcx", "r11", "memory");
    wrong += first != 0x5a5a || last != 0x6b6b;
  }
  CHECK(wrong == 0);
}
