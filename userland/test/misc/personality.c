// Address space randomization can be turned off for a process and its children: personality(2).
#include "check.h"
#include <sys/personality.h>

static int word;

static unsigned long run(void) {
  int p[2];
  unsigned long address = 0;
  pipe(p);
  if (fork() == 0) {
    dup2(p[1], 9);
    execl("/proc/self/exe", "x", "y", NULL);
  }
  wait(NULL);
  read(p[0], &address, sizeof address);
  close(p[0]);
  close(p[1]);
  return address;
}

int main(int argc, char **argv) {
  unsigned long stack = (unsigned long)__builtin_frame_address(0);
  if (argc > 1) {
    write(9, &stack, sizeof stack);
    return word;
  }
  printf("%x\n", personality(0xffffffff));
  int different = 0;
  unsigned long first = run();
  for (int i = 0; i < 4; i++) different += run() != first;
  CHECK(different > 0);
  printf("%x\n", personality(ADDR_NO_RANDOMIZE));
  printf("%x\n", personality(0xffffffff));
  first = run();
  different = 0;
  for (int i = 0; i < 4; i++) different += run() != first;
  CHECK(different == 0);
}
