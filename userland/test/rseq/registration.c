// The C library registers each thread's area, in which the kernel keeps the processor's number: rseq(2).
#include "check.h"
#include <sys/rseq.h>

static void *thread(void *unused) {
  struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
  CHECK((int)area->cpu_id >= 0 && area->cpu_id == area->cpu_id_start);
  return NULL;
}

int main(void) {
  CHECK(__rseq_size >= 20);
  thread(NULL);
  pthread_t t;
  pthread_create(&t, NULL, thread, NULL);
  pthread_join(t, NULL);
  pid_t child = fork();
  if (child == 0) {
    thread(NULL);
    exit(0);
  }
  show_end("child", child);
  struct rseq *area = (void *)((char *)__builtin_thread_pointer() + __rseq_offset);
  SHOW(syscall(SYS_rseq, area, 32, 0, RSEQ_SIG));
  SHOW(syscall(SYS_rseq, area, 32, 1, 12345));
  SHOW(syscall(SYS_rseq, area, 32, 5, RSEQ_SIG));
  SHOW(syscall(SYS_rseq, area, 32, 1, RSEQ_SIG));
  SHOW(syscall(SYS_rseq, area, 32, 1, RSEQ_SIG));
  SHOW(syscall(SYS_rseq, (char *)area + 4, 32, 0, RSEQ_SIG));
  SHOW(syscall(SYS_rseq, area, 32, 0, RSEQ_SIG));
}
