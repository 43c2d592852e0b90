// A tracer sees each system call of its tracee twice, as strace(1) does: ptrace(2) PTRACE_SYSCALL.
#include "check.h"
#include <sys/ptrace.h>
#include <sys/user.h>

int main(void) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    syscall(SYS_getppid);
    syscall(SYS_close, 77);
    syscall(SYS_getuid);
    _exit(5);
  }
  waitpid(child, &status, 0);
  printf("stopped by %s\n", sigabbrev_np(WSTOPSIG(status)));
  SHOW(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXIT));
  for (int n = 0; n < 20; n++) {
    MUST(ptrace(PTRACE_SYSCALL, child, 0, 0));
    waitpid(child, &status, 0);
    if (!WIFSTOPPED(status)) break;
    struct user_regs_struct r;
    ptrace(PTRACE_GETREGS, child, 0, &r);
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
      unsigned long code;
      ptrace(PTRACE_GETEVENTMSG, child, 0, &code);
      printf("about to exit with status %lx\n", code);
      continue;
    }
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    struct __ptrace_syscall_info info;
    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
      printf("entry of call %llu, %d, %ld\n", (unsigned long long)r.orig_rax, info.entry.nr == r.orig_rax, (long)r.rax);
    else
      printf("exit of call %llu: %s\n", (unsigned long long)r.orig_rax, (long)r.rax < 0 ? strerrorname_np(-(int)r.rax) : "ok");
  }
  printf("exited with %d\n", WEXITSTATUS(status));
  SHOW(ptrace(PTRACE_CONT, child, 0, 0));
  SHOW(ptrace(PTRACE_ATTACH, 999999999, 0, 0));
  SHOW(ptrace(PTRACE_ATTACH, getpid(), 0, 0));
}
