// The bases of fs and gs are a thread's own, set by arch_prctl(2), and kept over fork and signals.
#include "check.h"
#include <asm/prctl.h>

static unsigned long words[4] = {11, 22, 33, 44};

static unsigned long at_gs(void) {
  unsigned long value;
  asm volatile("mov %%gs:8, %0" : "=r"(value));
  return value;
}

static void handler(int number) { syscall(SYS_arch_prctl, ARCH_SET_GS, words + 2); }

static void *thread(void *unused) {
  unsigned long base = 1;
  syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
  printf("in a new thread: %s\n", base == (unsigned long)words ? "inherited" : base == 0 ? "none" : "other");
  syscall(SYS_arch_prctl, ARCH_SET_GS, 0);
  return NULL;
}

int main(void) {
  unsigned long fs, gs;
  SHOW(syscall(SYS_arch_prctl, ARCH_SET_GS, words));
  SHOW(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
  CHECK(gs == (unsigned long)words);
  printf("%lu\n", at_gs());
  SHOW(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs));
  CHECK(fs == *(unsigned long *)pthread_self());
  pthread_t t;
  pthread_create(&t, NULL, thread, NULL);
  pthread_join(t, NULL);
  printf("%lu\n", at_gs());
  pid_t child = fork();
  if (child == 0) _exit(at_gs());
  show_end("child", child);
  signal(SIGUSR1, handler);
  raise(SIGUSR1);
  printf("after a handler that set it: %lu\n", at_gs());
  SHOW(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x8000000000000000));
  SHOW(syscall(SYS_arch_prctl, 0x9999, 0));
}
