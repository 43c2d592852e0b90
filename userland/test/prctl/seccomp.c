// System calls forbidden by a filter: errors, signals and ends; the strict mode: seccomp(2).
#include "check.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static int install(int number, unsigned action) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {4, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

static void handler(int number, siginfo_t *info, void *context) {
  printf("%s, code %d, call %d, errno %d\n", sigabbrev_np(number), info->si_code, info->si_syscall == SYS_getppid, info->si_errno);
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 4321;
}

static void error(void) {
  SHOW(install(SYS_getppid, SECCOMP_RET_ERRNO | ENOTBLK));
  SHOW(syscall(SYS_getppid));
  SHOW(prctl(PR_GET_SECCOMP));
  pid_t child = fork();
  if (child == 0) {
    SHOW(syscall(SYS_getppid));
    exit(0);
  }
  show_end("inherited", child);
}
static void trap(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  SHOW(install(SYS_getppid, SECCOMP_RET_TRAP | 77));
  SHOW(syscall(SYS_getppid));
}
static void ends(void) {
  SHOW(install(SYS_getppid, SECCOMP_RET_KILL_PROCESS));
  syscall(SYS_getppid);
}
static void both(void) {
  install(SYS_getppid, SECCOMP_RET_ALLOW);
  install(SYS_getppid, SECCOMP_RET_ERRNO | EDOM);
  install(SYS_getppid, SECCOMP_RET_LOG);
  SHOW(syscall(SYS_getppid)); /* the strictest counts */
}
static void strict(void) {
  SHOW(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
  write(1, "still writing\n", 14);
  syscall(SYS_getppid);
}
static void strict_exit(void) {
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  syscall(SYS_exit, 4);
}

int main(void) {
  in_child("error", error);
  in_child("trap", trap);
  in_child("end", ends);
  in_child("several", both);
  in_child("strict", strict);
  in_child("strict exit", strict_exit);
  struct sock_filter bad[] = {{0xffff, 0, 0, 0}};
  struct sock_fprog program = {1, bad}, empty = {0, bad};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  SHOW(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
  SHOW(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &empty));
  SHOW(syscall(SYS_seccomp, 99, 0, NULL));
  unsigned action = SECCOMP_RET_TRAP;
  SHOW(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
}
