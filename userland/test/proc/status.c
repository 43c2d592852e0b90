// What /proc/self/status, stat and others tell of a process: proc(5).
#include "check.h"

static char *text(const char *path) {
  static char buffer[65536];
  int fd = open(path, O_RDONLY);
  ssize_t n = fd == -1 ? 0 : read(fd, buffer, sizeof buffer - 1);
  buffer[n] = 0;
  close(fd);
  return buffer;
}

static long field(const char *name) {
  char *at = strstr(text("/proc/self/status"), name);
  return at == NULL ? -1 : strtol(at + strlen(name), NULL, 0);
}

int main(void) {
  CHECK(field("\nPid:") == getpid());
  CHECK(field("\nPPid:") == getppid());
  CHECK(field("\nTgid:") == getpid());
  CHECK(field("\nTracerPid:") == 0);
  CHECK(field("\nUid:") == getuid());
  CHECK(field("\nThreads:") == 1);
  CHECK(field("\nVmRSS:") > 100);
  CHECK(field("\nVmPeak:") >= field("\nVmSize:"));
  CHECK(field("\nFDSize:") >= 4);
  CHECK(strstr(text("/proc/self/status"), "\nState:\tR (running)\n") != NULL);
  CHECK(strstr(text("/proc/self/status"), "\nUmask:\t0022\n") != NULL);
  signal(SIGUSR1, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  raise(SIGHUP);
  char *at = strstr(text("/proc/self/status"), "\nSigIgn:");
  printf("%.26s", at);
  at = strstr(text("/proc/self/status"), "\nSigBlk:");
  printf("%.26s", at);
  at = strstr(text("/proc/self/status"), "\nSigPnd:");
  printf("%.26s", at);
  int pid, ppid, group, session;
  char state, name[64];
  sscanf(text("/proc/self/stat"), "%d %63s %c %d %d %d", &pid, name, &state, &ppid, &group, &session);
  CHECK(pid == getpid() && ppid == getppid() && group == getpgrp() && session == getsid(0));
  long size;
  sscanf(text("/proc/self/statm"), "%ld", &size);
  CHECK(size > 50);
  CHECK(strlen(text("/proc/self/cmdline")) > 0);
  CHECK(strncmp(text("/proc/self/environ"), "PATH=", 5) == 0);
  CHECK(strstr(text("/proc/self/limits"), "Max open files            1024                 4096                 files") != NULL);
  CHECK(strstr(text("/proc/self/mounts"), " / ") != NULL);
  CHECK(strstr(text("/proc/self/mountinfo"), " / ") != NULL);
  CHECK(strncmp(text("/proc/self/oom_score_adj"), "0\n", 2) == 0);
  CHECK(strstr(text("/proc/self/io"), "rchar: ") != NULL);
  CHECK(strstr(text("/proc/self/cgroup"), ":") != NULL);
  pid_t child = fork();
  if (child == 0) exit(0);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", child);
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
  at = strrchr(text(path), ')');
  printf("a zombie is %c\n", at[2]);
  snprintf(path, sizeof path, "/proc/%d/cmdline", child);
  CHECK(strlen(text(path)) == 0);
  wait(NULL);
  CHECK(access(path, F_OK) == -1 && errno == ENOENT);
}
