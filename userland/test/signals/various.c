/* Handlers, timers that reach a program that computes, interrupted and restarted calls, masks, queues. */
/* gcc: -w -fno-inline */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A child sees it, too. */
static volatile int *hits;
static void count(int number) { ++*hits; }

static void catch(int number, int flags) {
  struct sigaction action = {.sa_handler = count, .sa_flags = flags};
  sigaction(number, &action, NULL);
  *hits = 0;
}

static void timer(int which, int firstUs, int periodUs) {
  struct itimerval value = {{0, periodUs}, {0, firstUs}};
  setitimer(which, &value, NULL);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  hits = mmap(NULL, sizeof *hits, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  catch(SIGALRM, 0);
  timer(ITIMER_REAL, 20000, 0);
  while (*hits == 0) continue;
  printf("alarm in a loop\n");

  catch(SIGVTALRM, 0);
  timer(ITIMER_VIRTUAL, 10000, 10000);
  while (*hits < 3) continue;
  timer(ITIMER_VIRTUAL, 0, 0);
  printf("CPU-time timer in a loop\n");

  catch(SIGALRM, 0);
  timer(ITIMER_REAL, 10000, 10000);
  struct timespec second = {1, 0}, rest;
  int result = nanosleep(&second, &rest);
  printf("nanosleep: %d %s, less is left: %d\n", result, strerror(errno), rest.tv_sec == 0);

  int ends[2];
  char byte;
  if (pipe(ends) != 0) return 1;
  catch(SIGALRM, SA_RESTART);
  timer(ITIMER_REAL, 10000, 10000);
  if (fork() == 0) {
    while (*hits < 2) usleep(1000);
    _exit(write(ends[1], "x", 1) != 1);
  }
  result = read(ends[0], &byte, 1);
  timer(ITIMER_REAL, 0, 0);
  printf("restarted read: %d %c, signals: %d\n", result, byte, *hits >= 2);

  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &old);
  catch(SIGUSR1, 0);
  raise(SIGUSR1);
  printf("blocked: %d\n", *hits);
  sigsuspend(&old);
  printf("after sigsuspend: %d\n", *hits);

  union sigval value = {.sival_int = 42};
  siginfo_t info;
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  sigqueue(getpid(), SIGRTMIN, value);
  result = sigwaitinfo(&set, &info);
  printf("sigwaitinfo: %d %d %d\n", result == SIGRTMIN, info.si_value.sival_int, info.si_code);
  return 0;
}
