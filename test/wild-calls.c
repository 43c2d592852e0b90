/*
 * Calls of all numbers with wild arguments, each series in a child that may die of it: wild-calls.mjs.
 *
 *   wild-calls SEED SERIES
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t state;
static unsigned pick(unsigned n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(state >> 33) % n;
}

static char *pages; /* can be written; cannot be written; a hole; code */

static long wild(void) {
  static const long values[] = {0, -1, 1, 2, 7, 8, 4095, 4096, 65536, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
                                0x7fffffffffff, 0x800000000000, 0x7fffffffffffffff, -4096, -0x80000000L - 1};
  switch (pick(8)) {
    case 0: return values[pick(sizeof values / sizeof *values)];
    case 1: return (long)(pages + pick(4096));
    case 2: return (long)(pages + 4096 * (1 + pick(3)) - pick(40));
    case 3: return (long)(pages + 4096 * pick(4) + pick(4096));
    case 4: return (long)((uint64_t)pick(1u << 31) << pick(34));
    case 5: return pick(64);
    default: return pick(12);
  }
}

static int isLeftOut(int number) {
  switch (number) {
    case SYS_kill: case SYS_tkill: case SYS_tgkill: case SYS_rt_sigqueueinfo: case SYS_rt_tgsigqueueinfo:
    case SYS_pidfd_send_signal: case SYS_reboot: case SYS_pause: case SYS_exit: case SYS_exit_group:
    case SYS_fork: case SYS_vfork: case SYS_clone: case SYS_clone3: case SYS_setpgid: case SYS_setsid: return 1;
  }
  return 0;
}

static void fill(void) {
  for (int i = 0; i < 4096; i += 8) {
    long value = pick(3) == 0 ? wild() : pick(2) ? (long)pick(20) : 0;
    memcpy(pages + i, &value, 8);
  }
  if (pick(2)) memcpy(pages + pick(4000), "/proc/self/maps", 16);
  if (pick(2)) memcpy(pages + pick(4000), "/tmp/wild", 10);
}

static void series(int number) {
  struct rlimit cpu = {2, 2}, files = {1 << 22, 1 << 22}, memory = {256 << 20, 256 << 20};
  setrlimit(RLIMIT_CPU, &cpu);
  setrlimit(RLIMIT_FSIZE, &files);
  setrlimit(RLIMIT_AS, &memory);
  int sockets[2], pipes[2];
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets);
  pipe2(pipes, O_NONBLOCK);
  open("/tmp/wild", O_RDWR | O_CREAT, 0600);
  open("/proc/self/mem", O_RDWR);
  open("/", O_RDONLY | O_DIRECTORY);
  signal(SIGALRM, SIG_DFL);
  struct itimerval soon = {{0, 20000}, {0, 100000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  for (int i = 0; i < 60; i++) {
    int call = number >= 0 ? number : (int)pick(470);
    if (isLeftOut(call)) continue;
    fill();
    syscall(call, wild(), wild(), wild(), wild(), wild(), wild());
  }
  _exit(0);
}

int main(int argc, char **argv) {
  state = strtoul(argv[1], NULL, 10) * 77777 + 1;
  long count = strtol(argv[2], NULL, 10);
  pages = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + 4096, 4096, PROT_READ);
  munmap(pages + 8192, 4096);
  int ended[3] = {0};
  for (long i = 0; i < count; i++) {
    int number = pick(3) == 0 ? -1 : (int)pick(470);
    pick(1000);
    pid_t child = fork();
    if (child == 0) {
      close(0);
      close(1);
      close(2);
      series(number);
    }
    if (child < 0) continue;
    int status;
    /* whatever state it has brought itself into: stopped, with all signals blocked */
    for (int tenths = 0; waitpid(child, &status, WNOHANG | __WALL) == 0; tenths++) {
      if (tenths == 30) kill(child, SIGKILL);
      struct timespec while_ = {0, tenths < 3 ? 3000000 : 100000000};
      nanosleep(&while_, NULL);
    }
    ended[WIFEXITED(status) ? 0 : WTERMSIG(status) == SIGALRM ? 1 : 2]++;
  }
  printf("%d to the end, %d by the alarm, %d by another signal\n", ended[0], ended[1], ended[2]);
  return 0;
}
