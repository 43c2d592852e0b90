// Anonymous memory begins as zeros; shared, it is one for parent and child: mmap(2) MAP_ANONYMOUS.
#include "check.h"

int main(void) {
  int *private = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int *shared = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  long sum = 0;
  for (int i = 0; i < 1 << 18; i += 512) sum += private[i] + shared[i];
  printf("%ld\n", sum);
  for (int i = 0; i < 1 << 18; i += 512) private[i] = shared[i] = i;
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 1 << 18; i += 512) private[i] = shared[i] = 1;
    exit(0);
  }
  show_end("child", child);
  sum = 0;
  for (int i = 0; i < 1 << 18; i += 512) sum += shared[i];
  printf("shared %ld\n", sum);
  sum = 0;
  for (int i = 0; i < 1 << 18; i += 512) sum += private[i];
  printf("private %ld\n", sum);
  int zero = open("/dev/zero", O_RDWR);
  int *z = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
  *z = 4;
  child = fork();
  if (child == 0) {
    *z = 5;
    exit(0);
  }
  show_end("child", child);
  printf("/dev/zero %d\n", *z);
}
