// Signal frames on stacks at high addresses, handlers at high addresses, and what they see.
#include "check.h"
#include <setjmp.h>

static const size_t STACK = 65536;
static char *alternate, *own;
static sigjmp_buf place;
static int seen;

static int is_on(const void *p, const char *stack) { return (const char *)p >= stack && (const char *)p < stack + STACK; }

static void on_alternate(int number, siginfo_t *info, void *context) {
  ucontext_t *c = context;
  printf("%s on the stack: %d, context there %d, aligned %d, altstack told %d\n", sigabbrev_np(number), is_on(&c, alternate),
         is_on(c, alternate), ((unsigned long)__builtin_frame_address(0) & 15) == 0, c->uc_stack.ss_sp == alternate);
  if (number == SIGSEGV) siglongjmp(place, 1);
  seen++;
}

static char *stack_at(unsigned long at) {
  return mmap((void *)at, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/* Overflows a small stack at a high address; the handler has the alternate one. */
__attribute__((noinline)) static int deep(int n) {
  volatile char room[1024];
  room[0] = (char)n;
  return n == 0 ? 0 : deep(n - 1) + room[0];
}

static ucontext_t back, there;
static void on_own_stack(void) {
  int local;
  printf("on the high stack: %d\n", is_on(&local, own));
  raise(SIGUSR1);
  if (sigsetjmp(place, 1) == 0) deep(1000);
}

int main(void) {
  const unsigned long places[] = {0x123400000000, 0x280000000, 0x7b0000000000};
  for (int i = 0; i < 3; i++) {
    alternate = stack_at(places[i]);
    stack_t stack = {.ss_sp = alternate, .ss_size = STACK};
    SHOW(sigaltstack(&stack, NULL));
    struct sigaction action = {.sa_sigaction = on_alternate, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    raise(SIGUSR1);
    if (sigsetjmp(place, 1) == 0) *(volatile char *)0x456789000000 = 1;
    /* the program itself on a stack at a high address */
    own = stack_at(0x600000000000);
    getcontext(&there);
    there.uc_stack.ss_sp = own;
    there.uc_stack.ss_size = STACK;
    there.uc_link = &back;
    makecontext(&there, on_own_stack, 0);
    swapcontext(&back, &there);
  }
  printf("seen %d\n", seen);
  /* a handler that is itself at a high address: it adds 1 to the word at 0x700000000000 */
  unsigned char *code = mmap((void *)0x3000000000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  volatile long *word = mmap((void *)0x700000000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memcpy(code, "\x48\xb8\x00\x00\x00\x00\x00\x70\x00\x00\x48\xff\x00\xc3", 14);
  signal(SIGUSR2, (void (*)(int))code);
  for (int i = 0; i < 1000; i++) raise(SIGUSR2);
  printf("handled %ld\n", *word);
  /* where no stack is left the signal ends the process */
  stack_t stack = {.ss_flags = SS_DISABLE};
  sigaltstack(&stack, NULL);
  in_child("with a large stack", on_own_stack);
  pid_t child = fork();
  if (child == 0) setcontext(&there);
  show_end("with a small stack", child);
}
