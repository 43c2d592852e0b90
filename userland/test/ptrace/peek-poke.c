// A tracer reads and changes memory and registers of its tracee, and steps through it: ptrace(2).
#include "check.h"
#include <sys/ptrace.h>
#include <sys/user.h>

static volatile long value = 1111;

static void stop(pid_t child) {
  int status;
  waitpid(child, &status, 0);
  if (WIFSTOPPED(status)) printf("stopped by %s\n", sigabbrev_np(WSTOPSIG(status)));
  else printf("exited with %d\n", WEXITSTATUS(status));
}

int main(void) {
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    printf("tracee: %ld\n", value);
    asm volatile("int3");
    long r;
    asm volatile("mov $5, %%eax\n\tnop\n\tnop\n\tnop\n\tmov %%rax, %0\n\tint3" : "=r"(r) : : "rax");
    printf("tracee: %ld\n", r);
    raise(SIGUSR1);
    exit(0);
  }
  stop(child);
  errno = 0;
  printf("%ld\n", ptrace(PTRACE_PEEKDATA, child, &value, 0));
  SHOW(ptrace(PTRACE_POKEDATA, child, &value, 2222));
  SHOW(ptrace(PTRACE_PEEKDATA, child, 8, 0));
  SHOW(ptrace(PTRACE_CONT, child, 0, 0));
  stop(child);
  struct user_regs_struct r;
  int steps = 0;
  do {
    ptrace(PTRACE_SINGLESTEP, child, 0, 0);
    waitpid(child, NULL, 0);
    ptrace(PTRACE_GETREGS, child, 0, &r);
    steps++;
  } while (steps < 50 && (r.rax & 0xffffffff) != 5);
  CHECK(steps < 50);
  r.rax = 4242;
  SHOW(ptrace(PTRACE_SETREGS, child, 0, &r));
  SHOW(ptrace(PTRACE_CONT, child, 0, 0));
  stop(child);
  ptrace(PTRACE_CONT, child, 0, 0);
  stop(child);
  siginfo_t info;
  SHOW(ptrace(PTRACE_GETSIGINFO, child, 0, &info));
  printf("signal %s, code %d\n", sigabbrev_np(info.si_signo), info.si_code);
  SHOW(ptrace(PTRACE_CONT, child, 0, 0)); /* without the signal */
  stop(child);
}
