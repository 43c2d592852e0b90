// A signal frame that cannot be stored, or is damaged when it is used, ends the process by SIGSEGV: sigreturn(2).
#include "check.h"

static void handler(int number) { puts("in the handler"); }

static void no_stack(void) {
  signal(SIGUSR1, handler);
  long call = SYS_kill;
  asm volatile("mov %%rsp, %%rbx\n\tmov $16, %%esp\n\tsyscall\n\tmov %%rbx, %%rsp"
               : "+a"(call) : "D"((long)getpid()), "S"((long)SIGUSR1) : "rbx", "rcx", "r11", "memory");
}

static void no_frame(void) {
  long call = SYS_rt_sigreturn;
  asm volatile("mov $4096, %%esp\n\tsyscall" : "+a"(call) : : "rcx", "r11", "memory");
}

static void corrupt(int number, siginfo_t *info, void *context) {
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = 0x8000000000000000;
}

static void bad_address(void) {
  struct sigaction action = {.sa_sigaction = corrupt, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
}

static void corrupt_mxcsr(int number, siginfo_t *info, void *context) {
  ((ucontext_t *)context)->uc_mcontext.fpregs->mxcsr = 0xffffffff;
}

static void bad_mxcsr(void) {
  struct sigaction action = {.sa_sigaction = corrupt_mxcsr, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
}

int main(void) {
  in_child("no stack for the frame", no_stack);
  in_child("no frame to return from", no_frame);
  in_child("return to nowhere", bad_address);
  in_child("impossible MXCSR", bad_mxcsr);
}
