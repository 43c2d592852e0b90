// Which signal, code and address each kind of bad access gives: sigaction(2) «The si_code field», SIGSEGV and SIGBUS.
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;
static char *base;

static void handler(int number, siginfo_t *info, void *context) {
  long offset = (char *)info->si_addr - base;
  printf("%s, code %d, ", sigabbrev_np(number), info->si_code);
  if (offset >= 0 && offset < 65536) printf("at offset %ld\n", offset);
  else printf("at %lx\n", (unsigned long)info->si_addr);
  siglongjmp(place, 1);
}

#define TRY(what)                  \
  printf("%s: ", #what);           \
  fflush(stdout);                  \
  if (sigsetjmp(place, 1) == 0) {  \
    what;                          \
    puts("no signal");             \
  }

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  base = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(base + 4096, 4096, PROT_READ);
  mprotect(base + 8192, 4096, PROT_NONE);
  munmap(base + 16384, 4096);
  int fd = open("short", O_RDWR | O_CREAT, 0644);
  write(fd, "abc", 3);
  mmap(base + 32768, 12288, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
  volatile char *p = base;
  volatile char c;
  TRY(c = p[0]);
  TRY(c = p[4096]);
  TRY(p[4097] = 1);
  TRY(c = p[8193]);
  TRY(p[8194] = 1);
  TRY(c = p[16385]);
  TRY(p[16386] = 1);
  TRY(p[32768] = 'x');
  TRY(c = p[32768 + 4095]);
  TRY(c = p[32768 + 4096]);
  TRY(p[32768 + 8192] = 1);
  TRY(*(volatile long *)(p + 8192 - 3));
  TRY(*(volatile long *)(p + 4096 - 3) = 5);
  TRY(c = *(volatile char *)0);
  TRY(*(volatile char *)4095 = 1);
  TRY(c = *(volatile char *)0x7fffffffff00);
  TRY(c = *(volatile char *)0x123456789abc);
  TRY(c = *(volatile char *)0x800000000000);
  TRY(c = *(volatile char *)0xffffffff80000000);
  TRY(*(volatile char *)-1L = 1);
}
