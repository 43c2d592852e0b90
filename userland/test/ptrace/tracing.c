/* ptrace: breakpoints, single steps, registers, calls that are changed or emulated, events, watchpoints. */
/* gcc: -w -fno-inline */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
// After sys/ptrace.h, whose names it would hide.
#include <linux/ptrace.h>

static pid_t child;
static int status;
static struct user_regs_struct registers;
static volatile long watched;

static int triple(int x) {
  asm volatile("nop");
  return x * 3;
}

static void await(const char *what) {
  waitpid(child, &status, __WALL);
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (WIFEXITED(status)) printf("%s: exited %d\n", what, WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) printf("%s: killed %d\n", what, WTERMSIG(status));
  else {
    ptrace(PTRACE_GETSIGINFO, child, 0, &info);
    printf("%s: stop %x event %x code %d\n", what, WSTOPSIG(status), status >> 16, info.si_code);
  }
}

static void getRegisters(void) {
  if (ptrace(PTRACE_GETREGS, child, 0, &registers) != 0) perror("PTRACE_GETREGS");
}

static void go(int request, const char *what) {
  ptrace(request, child, 0, 0);
  await(what);
  if (WIFSTOPPED(status)) getRegisters();
}

static long debugRegister(int n) { return offsetof(struct user, u_debugreg) + n * 8; }

static void traceOne(void) {
  child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) _exit(1);
    raise(SIGSTOP);
    int value = triple(5);
    syscall(SYS_getppid);
    syscall(SYS_write, 1, "this is not written\n", 20);
    asm volatile("int3");
    watched = 1;
    watched = 2;
    *(volatile int *)8 = 1;
    _exit(value);
  }
  await("start");
  if (!WIFSTOPPED(status)) _exit(1);
  ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD);

  long word = ptrace(PTRACE_PEEKTEXT, child, triple, 0);
  ptrace(PTRACE_POKETEXT, child, triple, (word & ~0xffL) | 0xcc);
  go(PTRACE_CONT, "breakpoint");
  printf("after the breakpoint: %lld, argument %lld, in call %lld\n",
         (long long)(registers.rip - (unsigned long)triple), registers.rdi, registers.orig_rax);
  ptrace(PTRACE_POKETEXT, child, triple, word);
  registers.rip = (unsigned long)triple;
  ptrace(PTRACE_SETREGS, child, 0, &registers);
  for (int i = 0; i < 3; i++) {
    go(PTRACE_SINGLESTEP, "step");
    printf("  at %lld\n", (long long)(registers.rip - (unsigned long)triple));
  }
  do go(PTRACE_SYSCALL, "call");
  while (registers.orig_rax != SYS_getppid);
  struct __ptrace_syscall_info info;
  long size = ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
  printf("entry: %ld %d %lld, rax %lld\n", size, info.op, (long long)info.entry.nr, registers.rax);
  registers.orig_rax = SYS_getpid;
  ptrace(PTRACE_SETREGS, child, 0, &registers);
  go(PTRACE_SYSCALL, "exit");
  printf("another call was made: %d\n", (pid_t)registers.rax == child);
  go(PTRACE_SYSEMU, "emulated call");
  printf("  %lld\n", registers.orig_rax);
  registers.rax = 20;
  ptrace(PTRACE_SETREGS, child, 0, &registers);
  go(PTRACE_CONT, "int3");
  struct iovec vector = {&registers, sizeof registers};
  ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &vector);
  struct user_fpregs_struct fp;
  ptrace(PTRACE_GETFPREGS, child, 0, &fp);
  printf("register set: %zu, control words %x %x\n", vector.iov_len, fp.cwd, fp.mxcsr);
  ptrace(PTRACE_PEEKUSER, child, 3, 0);
  printf("odd address: %s\n", strerror(errno));
  ptrace(PTRACE_POKEUSER, child, debugRegister(0), &watched);
  ptrace(PTRACE_POKEUSER, child, debugRegister(7), 0x90001);
  for (int i = 0; i < 2; i++) {
    go(PTRACE_CONT, "watchpoint");
    long value = ptrace(PTRACE_PEEKDATA, child, &watched, 0);
    printf("  is %ld, DR6 %lx\n", value, ptrace(PTRACE_PEEKUSER, child, debugRegister(6), 0) & 15);
  }
  go(PTRACE_CONT, "fault");
  ptrace(PTRACE_CONT, child, 0, SIGSEGV);
  await("end");
}

static void traceFamily(void) {
  child = fork();
  if (child == 0) {
    raise(SIGSTOP);
    if (fork() == 0) _exit(1);
    wait(NULL);
    if (vfork() == 0) _exit(2);
    wait(NULL);
    execl("/proc/self/exe", "tracing", "end", NULL);
    _exit(9);
  }
  waitpid(child, &status, WUNTRACED);
  ptrace(PTRACE_SEIZE, child, 0,
         PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC |
             PTRACE_O_TRACEEXIT);
  kill(child, SIGCONT);
  int exits = 0;
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) break;
    if (WIFEXITED(status)) {
      exits += WEXITSTATUS(status);
      if (pid == child) break;
      continue;
    }
    if (pid == child) printf("event %x, signal %x\n", status >> 16, WSTOPSIG(status));
    int signal = status >> 16 != 0 || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    ptrace(PTRACE_CONT, pid, 0, signal);
  }
  printf("exit statuses: %d\n", exits);
}

int main(int count, char **arguments) {
  if (count > 1) return 6;
  setvbuf(stdout, NULL, _IOLBF, 0);
  traceOne();
  traceFamily();
  return 0;
}
