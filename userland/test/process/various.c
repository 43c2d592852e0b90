/* fork, vfork, clone, posix_spawn, exec from a thread; stops and kills of a process that computes; limits. */
/* gcc: -w -fno-inline */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static int status, value = 1;

static int inClone(void *argument) {
  value = (long)argument;
  return 7;
}

static void *executeSelf(void *argument) {
  execl("/proc/self/exe", "processes", "second", NULL);
  perror("exec");
  return NULL;
}

static void *allocate(size_t size, int flags) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

int main(int count, char **arguments) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (count > 1) {
    printf("second program, first thread: %d\n", getpid() == gettid());
    return 5;
  }
  int *shared = allocate(4096, MAP_SHARED), private = 1;
  pid_t child = fork();
  if (child == 0) {
    private = 2;
    *shared = 9;
    _exit(3);
  }
  waitpid(child, &status, 0);
  printf("fork: %d, private %d, shared %d\n", WEXITSTATUS(status), private, *shared);

  child = vfork();
  if (child == 0) {
    *shared = 10;
    _exit(4);
  }
  waitpid(child, &status, 0);
  printf("vfork: %d, shared %d\n", WEXITSTATUS(status), *shared);

  char *stack = allocate(65536, MAP_PRIVATE);
  child = clone(inClone, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)33);
  waitpid(child, &status, 0);
  printf("clone: %d, value %d\n", WEXITSTATUS(status), value);

  char *again[] = {"processes", "second", NULL};
  int error = posix_spawn(&child, "/proc/self/exe", NULL, NULL, again, environ);
  waitpid(child, &status, 0);
  printf("posix_spawn: %d %d\n", error, WEXITSTATUS(status));

  child = fork();
  if (child == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, executeSelf, NULL);
    pthread_join(thread, NULL);
    _exit(1);
  }
  waitpid(child, &status, 0);
  printf("exec from a thread: %d\n", WEXITSTATUS(status));

  child = fork();
  if (child == 0) abort();
  waitpid(child, &status, 0);
  printf("abort: signal %d\n", WTERMSIG(status));

  child = fork();
  while (child == 0) continue;
  usleep(20000);
  kill(child, SIGSTOP);
  waitpid(child, &status, WUNTRACED);
  printf("stopped: %d\n", WSTOPSIG(status));
  kill(child, SIGCONT);
  waitpid(child, &status, WCONTINUED);
  printf("continued: %d\n", WIFCONTINUED(status));
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  printf("killed: %d\n", WTERMSIG(status));

  child = fork();
  if (child == 0) {
    struct rlimit limit = {1, 2};
    setrlimit(RLIMIT_CPU, &limit);
    for (;;) continue;
  }
  waitpid(child, &status, 0);
  printf("RLIMIT_CPU: %d\n", WTERMSIG(status));

  int ends[2];
  char bytes[100];
  long total = 0, got;
  if (pipe(ends) != 0) return 1;
  for (int i = 0; i < 3; i++) {
    if (fork() != 0) continue;
    for (int k = 0; k < 1000; k++)
      if (write(ends[1], "abc", 3) != 3) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  while ((got = read(ends[0], bytes, sizeof bytes)) > 0) total += got;
  printf("pipe: %ld\n", total);
  return 0;
}
