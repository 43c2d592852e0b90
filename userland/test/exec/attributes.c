// What exec keeps of a process and what it resets: execve(2) «Effect on process attributes».
#include "check.h"

static void handler(int number) {}

int main(int argc, char **argv) {
  if (argc > 1) {
    struct sigaction action;
    sigset_t mask, pending;
    char cwd[100] = {0};
    CHECK(getpid() == atoi(argv[1]));
    sigaction(SIGUSR1, NULL, &action);
    CHECK(action.sa_handler == SIG_DFL);
    sigaction(SIGUSR2, NULL, &action);
    CHECK(action.sa_handler == SIG_IGN);
    sigprocmask(0, NULL, &mask);
    sigpending(&pending);
    CHECK(sigismember(&mask, SIGHUP) && sigismember(&pending, SIGHUP));
    stack_t stack;
    sigaltstack(NULL, &stack);
    CHECK(stack.ss_flags == SS_DISABLE);
    mode_t mode = umask(0);
    CHECK(mode == 027);
    CHECK(nice(0) == atoi(argv[2]) + 3);
    CHECK(alarm(0) > 1000);
    CHECK(strcmp(getcwd(cwd, 99), "/usr") == 0);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    CHECK(limit.rlim_cur == 77);
    char name[16];
    prctl(PR_GET_NAME, name);
    CHECK(strcmp(name, "changed") != 0);
    CHECK(prctl(PR_GET_DUMPABLE) == 1);
    CHECK(prctl(PR_GET_TIMERSLACK) == 123456);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    int death;
    prctl(PR_GET_PDEATHSIG, &death);
    CHECK(death == SIGCONT);
    unsigned char there;
    CHECK(mincore((void *)0x20000000, 4096, &there) == -1);
    return 0;
  }
  sigset_t set;
  signal(SIGUSR1, handler);
  signal(SIGUSR2, SIG_IGN);
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGHUP);
  sigaltstack(&(stack_t){.ss_sp = malloc(65536), .ss_size = 65536}, NULL);
  umask(027);
  int priority = nice(0);
  nice(3);
  chdir("/usr");
  setrlimit(RLIMIT_NOFILE, &(struct rlimit){77, 88});
  prctl(PR_SET_NAME, "changed");
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_TIMERSLACK, 123456);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_PDEATHSIG, SIGCONT);
  mmap((void *)0x20000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  char pid[20], before[20];
  snprintf(pid, sizeof pid, "%d", getpid());
  snprintf(before, sizeof before, "%d", priority);
  alarm(2000);
  execl("/proc/self/exe", "after", pid, before, NULL);
}
