// Each system call that takes addresses gets bad ones; whatever it answers, the process and the kernel live on.
#include "check.h"
#include <linux/futex.h>
#include <linux/sched.h>

/* One line for each call: its number, and which of its arguments are addresses (bits). The others are 1, or as given. */
static const struct { short number; unsigned char pointers; long others[6]; } calls[] = {
    {SYS_read, 2, {0, 0, 10}}, {SYS_write, 2, {1, 0, 10}}, {SYS_open, 1, {0, 0, 0}}, {SYS_stat, 3, {0}},
    {SYS_fstat, 2, {1}}, {SYS_lstat, 3, {0}}, {SYS_poll, 1, {0, 1, 0}}, {SYS_rt_sigaction, 6, {SIGUSR1, 0, 0, 8}},
    {SYS_rt_sigprocmask, 6, {0, 0, 0, 8}}, {SYS_pread64, 2, {0, 0, 10, 0}}, {SYS_pwrite64, 2, {1, 0, 10, 0}},
    {SYS_readv, 2, {0, 0, 1}}, {SYS_writev, 2, {1, 0, 1}}, {SYS_access, 1, {0, 0}}, {SYS_pipe, 1, {0}},
    {SYS_select, 30, {1, 0, 0, 0, 0}}, {SYS_mincore, 4, {4096, 4096, 0}}, {SYS_nanosleep, 1, {0, 0}},
    {SYS_getitimer, 2, {0}}, {SYS_setitimer, 2, {1, 0, 0}}, {SYS_connect, 2, {1, 0, 16}}, {SYS_accept, 2, {1, 0, 0}},
    {SYS_execve, 1, {0, 0, 0}}, {SYS_uname, 1, {0}}, {SYS_semop, 2, {0, 0, 1}}, {SYS_getcwd, 1, {0, 4096}},
    {SYS_chdir, 1, {0}}, {SYS_rename, 3, {0}}, {SYS_mkdir, 1, {0, 0755}}, {SYS_rmdir, 1, {0}}, {SYS_creat, 1, {0, 0644}},
    {SYS_link, 3, {0}}, {SYS_unlink, 1, {0}}, {SYS_symlink, 3, {0}}, {SYS_readlink, 3, {0, 0, 10}}, {SYS_chmod, 1, {0, 0}},
    {SYS_chown, 1, {0, 0, 0}}, {SYS_gettimeofday, 1, {0, 0}}, {SYS_getrlimit, 2, {1}}, {SYS_getrusage, 2, {0}},
    {SYS_sysinfo, 1, {0}}, {SYS_times, 1, {0}}, {SYS_getgroups, 2, {65536, 0}},
    {SYS_getresuid, 7, {0}}, {SYS_getresgid, 7, {0}}, {SYS_capget, 3, {0}}, {SYS_capset, 3, {0}},
    {SYS_rt_sigpending, 1, {0, 8}}, {SYS_rt_sigtimedwait, 1, {0, 0, 0, 8}}, {SYS_rt_sigqueueinfo, 4, {1, 0, 0}},
    {SYS_sigaltstack, 1, {0, 0}}, {SYS_utime, 1, {0, 0}}, {SYS_mknod, 1, {0, S_IFREG, 0}}, {SYS_statfs, 3, {0}},
    {SYS_fstatfs, 2, {1}}, {SYS_sched_setparam, 2, {0}}, {SYS_sched_getparam, 2, {0}}, {SYS_sched_setscheduler, 4, {0, 0, 0}},
    {SYS_sched_rr_get_interval, 2, {0}}, {SYS_prctl, 2, {PR_SET_NAME, 0}}, {SYS_setrlimit, 2, {1}}, {SYS_chroot, 1, {0}},
    {SYS_setxattr, 7, {0, 0, 0, 1, 0}}, {SYS_getxattr, 3, {0, 0, 0, 0}}, {SYS_listxattr, 1, {0, 0, 0}}, {SYS_removexattr, 3, {0}},
    {SYS_time, 1, {0}}, {SYS_futex, 1, {0, FUTEX_WAIT, 0, 0, 0, 0}}, {SYS_sched_setaffinity, 4, {0, 8, 0}},
    {SYS_sched_getaffinity, 4, {0, 128, 0}}, {SYS_epoll_ctl, 8, {1, 1, 0, 0}}, {SYS_timer_create, 4, {0, 0, 0}},
    {SYS_clock_gettime, 2, {0}}, {SYS_clock_getres, 2, {0}}, {SYS_clock_settime, 2, {0}}, {SYS_clock_nanosleep, 4, {0, 0, 0, 0}},
    {SYS_utimes, 1, {0, 0}}, {SYS_waitid, 4, {P_ALL, 0, 0, WEXITED, 0}}, {SYS_inotify_add_watch, 2, {0, 0, 1}},
    {SYS_openat, 2, {AT_FDCWD, 0, 0}}, {SYS_mkdirat, 2, {AT_FDCWD, 0, 0}}, {SYS_newfstatat, 6, {AT_FDCWD, 0, 0, 0}},
    {SYS_unlinkat, 2, {AT_FDCWD, 0, 0}}, {SYS_renameat, 10, {AT_FDCWD, 0, AT_FDCWD, 0}}, {SYS_linkat, 10, {AT_FDCWD, 0, AT_FDCWD, 0, 0}},
    {SYS_symlinkat, 5, {0, AT_FDCWD, 0}}, {SYS_readlinkat, 6, {AT_FDCWD, 0, 0, 10}}, {SYS_faccessat, 2, {AT_FDCWD, 0, 0}},
    {SYS_pselect6, 2, {1, 0, 0, 0, 0, 0}}, {SYS_ppoll, 1, {0, 1, 0, 0, 8}}, {SYS_set_robust_list, 1, {0, 5}},
    {SYS_utimensat, 2, {AT_FDCWD, 0, 0, 0}}, {SYS_signalfd4, 2, {-1, 0, 8, 0}}, {SYS_pipe2, 1, {0, 0}},
    {SYS_preadv, 2, {0, 0, 1, 0}}, {SYS_pwritev, 2, {1, 0, 1, 0}}, {SYS_prlimit64, 12, {0, 1, 0, 0}},
    {SYS_getcpu, 3, {0, 0, 0}}, {SYS_process_vm_readv, 10, {1, 0, 1, 0, 1, 0}}, {SYS_sched_setattr, 2, {0, 0, 0}},
    {SYS_sched_getattr, 2, {0, 0, 48, 0}}, {SYS_renameat2, 10, {AT_FDCWD, 0, AT_FDCWD, 0, 0}}, {SYS_getrandom, 1, {0, 10, 0}},
    {SYS_memfd_create, 1, {0, 0}}, {SYS_execveat, 2, {AT_FDCWD, 0, 0, 0, 0}}, {SYS_copy_file_range, 10, {0, 0, 1, 0, 1, 0}},
    {SYS_statx, 18, {AT_FDCWD, 0, 0, 1, 0}}, {SYS_openat2, 6, {AT_FDCWD, 0, 0, 24}}, {SYS_clone3, 1, {0, sizeof(struct clone_args)}},
    {SYS_socketpair, 8, {AF_UNIX, SOCK_STREAM, 0, 0}}, {SYS_arch_prctl, 2, {0x1003, 0}}, {SYS_get_robust_list, 6, {0}},
};

static char *hole;

int main(void) {
  /* the end of a page before nothing, a page that cannot be read, one that cannot be written, and beyond all */
  hole = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(hole, '/', 16384);
  munmap(hole + 4096, 4096);
  mprotect(hole + 8192, 4096, PROT_NONE);
  const unsigned long bad[] = {1,          4095,         (unsigned long)hole + 4096,  (unsigned long)hole + 8192 + 100, 0x7fffffffffff,
                               1UL << 47,  1UL << 63,    -16UL,                       -4096UL,                          0x100000008,
                               0xffffffff, 0x7ffff00000};
  signal(SIGPIPE, SIG_IGN);
  dup2(open("/dev/zero", O_RDWR), 0);
  long answers = 0;
  for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
    char line[400] = "";
    for (int k = 0; k < 12; k++) {
      for (int argument = 0; argument < 6; argument++) {
        if (!(calls[i].pointers >> argument & 1)) continue;
        long a[6];
        for (int n = 0; n < 6; n++) a[n] = calls[i].pointers >> n & 1 ? (long)bad[(k + n) % 12] : calls[i].others[n];
        a[argument] = (long)bad[k];
        long result = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
        answers++;
        char text[30];
        snprintf(text, sizeof text, "%s ", result == -1 ? strerrorname_np(errno) : "ok");
        size_t length = strlen(line);
        if (length < strlen(text) || strcmp(line + length - strlen(text), text) != 0)
          if (length < 350) strcat(line, text);
      }
    }
    printf("%d: %s\n", calls[i].number, line);
  }
  printf("%ld answers\n", answers);
}
