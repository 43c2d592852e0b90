// Pages without PROT_EXEC do not run; a jump to nowhere is SIGSEGV at the place jumped to: mprotect(2).
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;
static void *target;

static void handler(int number, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  printf("%s, code %d, address and rip there: %d %d\n", sigabbrev_np(number), info->si_code, info->si_addr == target,
         (void *)r[REG_RIP] == target);
  siglongjmp(place, 1);
}

static void jump(const char *what, void *to) {
  target = to;
  printf("%s: ", what);
  fflush(stdout);
  if (sigsetjmp(place, 1) == 0) {
    ((void (*)(void))to)();
    puts("returned");
  }
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  unsigned char *data = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  data[0] = data[4095] = data[4096] = 0xc3;
  jump("data", data);
  mprotect(data, 4096, PROT_EXEC);
  jump("only executable", data);
  mprotect(data, 4096, PROT_READ | PROT_EXEC);
  jump("executable", data);
  mprotect(data, 4096, PROT_NONE);
  jump("nothing", data);
  munmap(data, 4096);
  jump("unmapped", data);
  jump("null", NULL);
  jump("page 0", (void *)0x10);
  jump("beyond 4 GiB", (void *)0x7ff000000000);
  unsigned char *heap = malloc(16);
  heap[0] = 0xc3;
  jump("heap", heap);
  /* from an executable page on into one that is not */
  mmap(data, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memset(data, 0x90, 4096);
  target = data + 4096;
  printf("running on: ");
  fflush(stdout);
  if (sigsetjmp(place, 1) == 0) ((void (*)(void))data)();
  int fd = open("f", O_RDWR | O_CREAT, 0755);
  unsigned char *file = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  jump("past the end of a file", file);
}
