// High memory in forked children, shared with them, and as the stacks of threads and clones.
#include "check.h"

static char *map(unsigned long at, size_t size, int flags) {
  return mmap((void *)at, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0);
}

static char *own, *shared, *reserved;

static void child(void) {
  printf("child sees %s %s %s\n", own, own + 8190, shared);
  strcpy(own + 8190, "child");
  strcpy(shared, "from the child");
  memset(reserved + (3UL << 40), 'c', 10000);
  printf("child has %s %c\n", own + 8190, reserved[3UL << 40]);
  own = mremap(own, 65536, 65536, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x210000000);
  printf("moved %s\n", own + 8190);
}

static long sums[4];
static void *thread(void *argument) {
  long i = (long)argument;
  volatile char local[5000];
  for (int k = 0; k < 5000; k++) local[k] = (char)(k + i);
  for (int n = 0; n < 20; n++) {
    for (int k = 0; k < 5000; k++) sums[i] += local[k];
    sched_yield();
  }
  unsigned long at = (unsigned long)local;
  return (void *)(long)(at >= 0x400000000000 && at < 0x500000000000);
}

static int cloned(void *argument) {
  char local[64];
  snprintf(local, sizeof local, "clone on %lx", ((unsigned long)local & ~0xfffffUL));
  strcpy(shared, local);
  _exit(*(int *)argument);
}

static __thread int local_word = 5;
static void *uses_tls(void *argument) {
  local_word += 37;
  return (void *)(long)local_word;
}

int main(void) {
  own = map(0x100000000000, 65536, MAP_PRIVATE);
  shared = map(0x7c0000000000, 4096, MAP_SHARED);
  reserved = map(0x200000000000, 16UL << 40, MAP_PRIVATE | MAP_NORESERVE);
  strcpy(own, "own");
  strcpy(own + 8190, "parent");
  strcpy(shared, "shared");
  memset(reserved + (3UL << 40), 'p', 10000);
  in_child("child", child);
  printf("parent has %s %s %s %c\n", own, own + 8190, shared, reserved[(3UL << 40) + 9999]);
  for (int i = 0; i < 20; i++) {
    pid_t pid = fork();
    if (pid == 0) _exit(memcmp(own + 8190, "parent", 6) != 0 || (own[i * 4096 % 65536 + 100] = 1) != 1);
    int status;
    waitpid(pid, &status, 0);
    if (status != 0) printf("child %d: %d\n", i, status);
  }
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    char *stack = map(0x400000000000 + (i << 32), 1 << 18, MAP_PRIVATE);
    pthread_attr_setstack(&attributes, stack, 1 << 18);
    pthread_create(&threads[i], &attributes, thread, (void *)i);
  }
  for (int i = 0; i < 4; i++) {
    void *is_there;
    pthread_join(threads[i], &is_there);
    printf("thread %d: %d, %ld\n", i, is_there != NULL, sums[i]);
  }
  pthread_t other;
  void *result;
  pthread_create(&other, NULL, uses_tls, NULL);
  pthread_join(other, &result);
  printf("tls %ld %d\n", (long)result, local_word);
  char *stack = map(0x660000000000, 1 << 18, MAP_PRIVATE);
  int status = 42;
  pid_t pid = clone(cloned, stack + (1 << 18), SIGCHLD, &status);
  show_end("clone", pid);
  puts(shared);
  pid = clone(cloned, stack + (1 << 18), CLONE_VM | CLONE_VFORK | SIGCHLD, &status);
  show_end("vfork", pid);
  puts(shared);
}
