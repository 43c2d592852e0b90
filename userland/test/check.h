/*
 * What all programs of this directory begin with. Each shows one behaviour and prints what it saw; the same lines have
 * to come on Linux and in a guest (test/c-programs.ts), so nothing is printed that differs from run to run: no process
 * numbers, addresses or times. A second comment line `gcc: …` gives the compiler more options; programs are linked
 * statically unless it says `dynamic`.
 */
#ifndef CHECK_H
#define CHECK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* Lines leave at once, so that a fork finds no half of one; and whatever waits for ever ends after a while. */
__attribute__((constructor)) static void check_begin(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  unsigned before = alarm(60);
  if (before != 0) alarm(before); /* from before an exec */
}

/* Prints `text = result`, an error by name. */
__attribute__((unused)) static long show(const char *text, long result) {
  if (result == -1) printf("%s = %s\n", text, strerrorname_np(errno));
  else printf("%s = %ld\n", text, result);
  return result;
}
#define SHOW(call) show(#call, (long)(call))

/* Prints only whether the call succeeded: for results that are numbers of a process, addresses and the like. */
__attribute__((unused)) static long show_ok(const char *text, long result) {
  printf("%s: %s\n", text, result == -1 ? strerrorname_np(errno) : "ok");
  return result;
}
#define SHOW_OK(call) show_ok(#call, (long)(call))

/* Prints whether something is so. */
#define CHECK(condition) printf("%s: %s\n", #condition, (condition) ? "yes" : "no")

/* For calls that are no part of what is shown: they have to succeed. */
__attribute__((unused)) static long must(const char *text, long result) {
  if (result != -1) return result;
  printf("%s failed: %s\n", text, strerrorname_np(errno));
  _exit(99);
}
#define MUST(call) must(#call, (long)(call))

/* Sleeps for so many milliseconds, whatever signals come. */
__attribute__((unused)) static void pause_ms(int ms) {
  struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
  while (nanosleep(&left, &left) == -1) {}
}

__attribute__((unused)) static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Waits until a thread or process sleeps: in the call that it was about to make. */
__attribute__((unused)) static void until_asleep(pid_t tid) {
  char path[64], line[512], *at;
  snprintf(path, sizeof path, "/proc/%d/stat", tid);
  for (;;) {
    int fd = open(path, O_RDONLY);
    ssize_t length = fd == -1 ? -1 : read(fd, line, sizeof line - 1);
    close(fd);
    if (length <= 0) return;
    line[length] = 0;
    at = strrchr(line, ')');
    if (at != NULL && at[2] == 'S') return;
    usleep(1000);
  }
}

/* Waits for a child and prints how it ended. */
__attribute__((unused)) static void show_end(const char *who, pid_t child) {
  int status;
  MUST(waitpid(child, &status, 0));
  if (WIFEXITED(status)) printf("%s exited with %d\n", who, WEXITSTATUS(status));
  else printf("%s was ended by %s\n", who, sigabbrev_np(WTERMSIG(status)));
}

/* Runs a function in a child and prints how that ended. */
__attribute__((unused)) static void in_child(const char *who, void (*function)(void)) {
  pid_t child = (pid_t)MUST(fork());
  if (child == 0) {
    function();
    exit(0);
  }
  show_end(who, child);
}

__attribute__((unused)) static void write_file(const char *path, const char *text) {
  int fd = (int)MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  MUST(write(fd, text, strlen(text)));
  close(fd);
}
#endif
