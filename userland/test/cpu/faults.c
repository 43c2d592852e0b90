/* What a program learns of its own faults: signal, si_code, si_addr, and err and trapno of the frame. */
/* gcc: -w -fno-inline */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile int signo, code;
static volatile long address, error, trap;

static void handler(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  signo = number;
  code = info->si_code;
  address = (long)info->si_addr;
  error = registers[REG_ERR];
  trap = registers[REG_TRAPNO];
  siglongjmp(back, 1);
}

static void catch(int number, int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  sigaction(number, &action, NULL);
}

#define TRY(name, base, statement)                                                                   \
  do {                                                                                               \
    if (sigsetjmp(back, 1) == 0) {                                                                   \
      statement;                                                                                     \
      printf("%s: no fault\n", name);                                                                \
    } else                                                                                           \
      printf("%s: signal %d code %d address %lx error %lx trap %ld\n", name, signo, code,            \
             address - (long)(base), error, trap);                                                   \
  } while (0)

static int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = depth;
  return depth == 0 ? 0 : recurse(depth + 1) + frame[0];
}

static void execute(const void *at) { ((void (*)(void))at)(); }

int main(void) {
  catch(SIGSEGV, 0);
  catch(SIGFPE, 0);
  catch(SIGILL, 0);
  catch(SIGTRAP, 0);
  catch(SIGBUS, 0);
  TRY("null pointer", 0, *(volatile int *)16 = 1);
  TRY("read of a null pointer", 0, (void)*(volatile int *)24);
  TRY("far address", 0, *(volatile int *)0x700000001234 = 1);
  TRY("address that is not canonical", 0, *(volatile int *)0x8000000000001234 = 1);
  TRY("address of the kernel", 0, *(volatile int *)0xffffffff81000000 = 1);
  char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TRY("store to a page that cannot be written", page, *(volatile int *)page = 1);
  (void)*(volatile int *)page;
  TRY("the same when the page is there", page, *(volatile int *)page = 1);
  TRY("code that cannot be executed", page, execute(page));
  TRY("code that is not there", 0, execute((void *)0x100));
  volatile int zero = 0;
  if (sigsetjmp(back, 1) == 0) zero = 1 / zero;
  else printf("division: signal %d code %d trap %ld\n", signo, code, trap);
  if (sigsetjmp(back, 1) == 0) asm volatile("ud2");
  else printf("ud2: signal %d code %d trap %ld\n", signo, code, trap);
  TRY("int3", 0, asm volatile("int3"));
  TRY("hlt", 0, asm volatile("hlt"));
  char *file = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fileno(tmpfile()), 0);
  TRY("past the end of a file", file, (void)*(volatile int *)file);
  feenableexcept(FE_DIVBYZERO);
  volatile double one = 1;
  if (sigsetjmp(back, 1) == 0) one = one / zero;
  else printf("floating-point division: signal %d code %d trap %ld\n", signo, code, trap);
  fedisableexcept(FE_ALL_EXCEPT);
  stack_t stack = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&stack, NULL);
  catch(SIGSEGV, SA_ONSTACK);
  if (sigsetjmp(back, 1) == 0) recurse(1);
  else printf("stack overflow: signal %d code %d\n", signo, code);
  return 0;
}
