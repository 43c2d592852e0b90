// Code at high addresses: calls, jumps, data beside it, across pages, changed while it runs, and its faults.
#include "check.h"
#include <setjmp.h>

static unsigned char *const CODE = (unsigned char *)0x2000000000;
static unsigned char *const FAR = (unsigned char *)0x7a0000000000;
static sigjmp_buf place;
static char *fault_address, *fault_rip;
static int fault_error;

static void handler(int number, siginfo_t *info, void *context) {
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  fault_address = info->si_addr;
  fault_rip = (char *)r[REG_RIP];
  fault_error = (int)r[REG_ERR];
  siglongjmp(place, number);
}

static unsigned char *area(unsigned char *at, size_t size) {
  return mmap(at, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t count) {
  memcpy(at, bytes, count);
  return at + count;
}
#define PUT(at, ...) put(at, (const unsigned char[]){__VA_ARGS__}, sizeof(const unsigned char[]){__VA_ARGS__})

static long twice(long n) { return 2 * n; }

/* Calls back 1000 times, with the function's address in a word beside the code. */
static void calls(void) {
  unsigned char *at = CODE;
  memcpy(CODE + 256, &(void *){(void *)twice}, 8);
  at = PUT(at, 0x53, 0x55, 0x48, 0x83, 0xec, 0x08);                   /* push %rbx; push %rbp; sub $8, %rsp */
  at = PUT(at, 0xbb, 0xe8, 0x03, 0, 0, 0x31, 0xed);                   /* mov $1000, %ebx; xor %ebp, %ebp */
  unsigned char *loop = at;
  at = PUT(at, 0x89, 0xdf);                                           /* mov %ebx, %edi */
  at = PUT(at, 0xff, 0x15);                                           /* call *256-…(%rip) */
  int distance = (int)(CODE + 256 - (at + 4));
  at = put(at, &distance, 4);
  at = PUT(at, 0x48, 0x01, 0xc5, 0xff, 0xcb);                         /* add %rax, %rbp; dec %ebx */
  at = PUT(at, 0x75, (unsigned char)(loop - (at + 2)));               /* jnz loop */
  PUT(at, 0x48, 0x89, 0xe8, 0x48, 0x83, 0xc4, 0x08, 0x5d, 0x5b, 0xc3); /* mov %rbp, %rax; … ret */
  printf("calls: %ld\n", ((long (*)(void))CODE)());
}

/* Where an instruction is: its own address as it sees it, and what call pushes. */
static void own_address(void) {
  unsigned char *at = CODE + 1024;
  PUT(at, 0x48, 0x8d, 0x05, 0, 0, 0, 0, 0xc3); /* lea 0(%rip), %rax; ret */
  CHECK(((unsigned char *(*)(void))at)() == at + 7);
  PUT(at + 16, 0xe8, 0, 0, 0, 0, 0x58, 0xc3); /* call 1f; 1: pop %rax; ret */
  CHECK(((unsigned char *(*)(void))(at + 16))() == at + 21);
  PUT(at + 32, 0xe9, 0xfb, 0x0f, 0, 0); /* jmp 4096 bytes on */
  PUT(at + 32 + 4096, 0xe9, (unsigned char)-64, 0xef, 0xff, 0xff); /* and back, to … */
  PUT(at + 32 + 4096 + 5 - 64 - 4096 - 1 + 1, 0x90, 0xb8, 42, 0, 0, 0, 0xc3);
  printf("jumps: %d\n", ((int (*)(void))(at + 32))());
  /* through registers, from one end of the address space to the other */
  PUT(FAR, 0x48, 0x89, 0xf8, 0xff, 0xe6);       /* mov %rdi, %rax; jmp *%rsi */
  PUT(at + 64, 0x48, 0xff, 0xc0, 0xc3);         /* inc %rax; ret */
  PUT(at + 80, 0x49, 0xba);                     /* mov $FAR, %r10; jmp *%r10 */
  memcpy(at + 82, &FAR, 8);
  PUT(at + 90, 0x41, 0xff, 0xe2);
  long sum = 0;
  for (int i = 0; i < 100000; i++) sum += ((long (*)(long, void *))(at + 80))(i, at + 64);
  printf("far jumps: %ld\n", sum);
}

/* The same instructions at addresses that agree in their lower halves do different things. */
static void twins(void) {
  int (*functions[4])(void);
  for (long i = 0; i < 4; i++) {
    unsigned char *at = area((unsigned char *)0x310000000000 + (i << 32), 4096);
    PUT(at + 100, 0xb8, (unsigned char)(i + 1), 0, 0, 0, 0xc3);
    functions[i] = (int (*)(void))(at + 100);
  }
  long sum = 0;
  for (int i = 0; i < 100000; i++) sum = sum * 3 % 1000003 + functions[i % 4]() * functions[(i + 1) % 4]();
  printf("twins: %ld\n", sum);
}

/* Each byte of an instruction of 10 on either side of the end of a page. */
static void across_pages(void) {
  long sum = 0;
  for (int before = 0; before <= 11; before++) {
    unsigned char *at = CODE + 8192 - before;
    PUT(at, 0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, (unsigned char)(before + 1), 0xc3); /* movabs; ret */
    for (int i = 0; i < 50; i++) sum += ((long (*)(void))at)() >> 56;
  }
  printf("across pages: %ld\n", sum);
  memset(CODE + 12288 - 64, 0x90, 64);
  PUT(CODE + 12288, 0xb8, 7, 0, 0, 0, 0xc3);
  printf("from page to page: %d\n", ((int (*)(void))(CODE + 12288 - 64))());
}

static void changes(void) {
  unsigned char *at = CODE + 16384 - 3;
  long sum = 0;
  for (int i = 0; i < 3000; i++) {
    at[0] = 0xb8;
    memcpy(at + 1, &i, 4);
    at[5] = 0xc3;
    sum += ((int (*)(void))at)();
  }
  printf("changed: %ld\n", sum);
  for (int i = 0; i < 200000; i++) sum += ((int (*)(void))at)();
  at[1] = 1;
  at[2] = at[3] = 0;
  sum = 0;
  for (int i = 0; i < 200000; i++) sum += ((int (*)(void))at)();
  printf("changed when hot: %ld\n", sum);
  /* by another mapping of the same memory, and by the kernel */
  int fd = memfd_create("code", 0);
  ftruncate(fd, 4096);
  unsigned char *low = mmap((void *)0x50000000, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
  unsigned char *high = mmap((void *)0x456000000000, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0);
  PUT(low, 0xb8, 0, 0, 0, 0, 0xc3);
  sum = 0;
  for (int i = 0; i < 2000; i++) {
    low[1] = (unsigned char)i;
    sum += ((int (*)(void))high)();
    pwrite(fd, "\x05", 1, 1);
    sum += ((int (*)(void))high)();
  }
  printf("changed elsewhere: %ld\n", sum);
}

static void show_fault(const char *what, int number, void *address, void *rip) {
  printf("%s: %s, error %d, address %d, rip %d\n", what, number == 0 ? "none" : sigabbrev_np(number), fault_error,
         fault_address == address, fault_rip == rip);
}

static void faults(void) {
  int number;
  unsigned char *at = CODE + 20480;
  PUT(at, 0x90, 0x48, 0x8b, 0x07, 0xc3); /* nop; mov (%rdi), %rax; ret */
  char *bad[] = {NULL, (char *)0x456789000123, (char *)(CODE + 24576), (char *)0x7ffffffff000, (char *)0x7fffffffffff};
  for (volatile unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
    if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void *))at)(bad[i]);
    show_fault("load", number, bad[i], at + 1);
  }
  /* not canonical: the processor does not say where */
  if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void *))at)((void *)(1UL << 47));
  show_fault("not canonical", number, NULL, at + 1);
  PUT(at + 16, 0x90, 0x90, 0xc6, 0x07, 1, 0xc3); /* movb $1, (%rdi) */
  char *constant = mmap((void *)0x333300000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void *))(at + 16))(constant + 77);
  show_fault("store", number, constant + 77, at + 18);
  fault_error = *constant;
  if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void *))(at + 16))(constant + 78);
  show_fault("store to a page that is there", number, constant + 78, at + 18);
  /* jumps to where no code is */
  char *nowhere[] = {(char *)0x456789000123, constant, (char *)0x7ffffffff000};
  for (volatile unsigned i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
    if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void))nowhere[i])();
    show_fault("jump", number, nowhere[i], nowhere[i]);
  }
  /* the second half of an instruction is missing */
  PUT(CODE + 24576 - 3, 0xb8, 1, 2);
  if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void))(CODE + 24576 - 3))();
  show_fault("half an instruction", number, CODE + 24576, CODE + 24576 - 3);
  PUT(at + 32, 0x31, 0xc9, 0xf7, 0xf1, 0xc3); /* xor %ecx, %ecx; div %ecx */
  if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void))(at + 32))();
  show_fault("division", number, at + 34, at + 34);
  PUT(at + 48, 0x0f, 0x0b); /* ud2 */
  if ((number = sigsetjmp(place, 1)) == 0) ((void (*)(void))(at + 48))();
  show_fault("illegal", number, at + 48, at + 48);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGFPE, &action, NULL);
  sigaction(SIGILL, &action, NULL);
  if (area(CODE, 24576) != CODE || area(FAR, 4096) != FAR) return 1;
  calls();
  own_address();
  twins();
  across_pages();
  changes();
  faults();
}
