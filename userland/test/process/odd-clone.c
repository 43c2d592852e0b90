// Combinations of flags that clone(2) refuses, and some odd ones that it takes.
#include "check.h"

static void try(const char *what, unsigned long flags) {
  long child = syscall(SYS_clone, flags, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  printf("%s: %s\n", what, child == -1 ? strerrorname_np(errno) : "a child");
  if (child > 0) printf("waited: %s\n", waitpid((pid_t)child, NULL, __WALL) == child ? "yes" : "no");
}
#define TRY(flags) try(#flags, flags)

static void handler(int number) { _exit(5); }

static void bad_stack(void) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  static char alternative[32768];
  sigaltstack(&(stack_t){.ss_sp = alternative, .ss_size = sizeof alternative}, NULL);
  sigaction(SIGSEGV, &action, NULL);
  /* without CLONE_VM the child keeps its parent's alternative stack */
  pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0x1000, 0, 0, 0);
  if (child == 0) {
    asm volatile("push %%rax" : : : "memory");
    _exit(0);
  }
  show_end("the child on a stack that is not there", child);
}

int main(void) {
  signal(SIGUSR1, SIG_IGN);
  TRY(SIGCHLD);
  TRY(0);
  TRY(SIGUSR1);
  TRY(255);
  TRY(CLONE_THREAD);
  TRY(CLONE_THREAD | CLONE_SIGHAND);
  TRY(CLONE_SIGHAND);
  TRY(CLONE_SIGHAND | CLONE_VFORK);
  TRY(CLONE_FS | CLONE_NEWNS);
  TRY(CLONE_NEWUSER | CLONE_FS);
  TRY(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD);
  TRY(CLONE_PIDFD | CLONE_DETACHED | SIGCHLD);
  TRY(CLONE_PARENT_SETTID | SIGCHLD);
  TRY(CLONE_CHILD_SETTID | SIGCHLD);
  TRY(CLONE_CHILD_CLEARTID | SIGCHLD);
  TRY(CLONE_SETTLS | SIGCHLD);
  TRY(CLONE_FILES | CLONE_FS | CLONE_SYSVSEM | CLONE_IO | SIGCHLD);
  TRY(CLONE_VFORK | SIGCHLD);
  TRY(CLONE_UNTRACED | CLONE_PTRACE | SIGCHLD);
  bad_stack();
  struct { unsigned long field[16]; } args = {{0}};
  SHOW(syscall(SYS_clone3, &args, 63));
  SHOW(syscall(SYS_clone3, &args, 8192));
  SHOW(syscall(SYS_clone3, NULL, 64));
  args.field[4] = 65;
  SHOW(syscall(SYS_clone3, &args, 88));
  args.field[4] = SIGCHLD;
  args.field[5] = 0x1000;
  SHOW(syscall(SYS_clone3, &args, 88));
  args.field[5] = 0;
  args.field[11] = 1;
  SHOW(syscall(SYS_clone3, &args, 128));
  args.field[11] = 0;
  args.field[0] = 1UL << 40;
  SHOW(syscall(SYS_clone3, &args, 88));
}
