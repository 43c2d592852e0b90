/*
 * Executes single instructions on the CPU of the host, so that tests can compare the software processor with it.
 * Records of 1024 bytes come on standard input and go, as the instruction left them, to standard output:
 *
 *   0   code, 16 bytes: one instruction (a ret is put behind it at `length`)
 *   16  length of the code, u8
 *   17  trap (out), u8: 0, or the signal that the instruction raised
 *   24  rflags (arithmetic flags only), rax, rcx, rdx, rbx, rsi: u64 each; rdi is the address of the memory
 *   128 image of fxsave64: header, x87 registers, xmm0 to xmm7 (288 bytes, up to 416)
 *   512 memory, 512 bytes, which the instruction finds at [rdi]
 *
 * The code lies at CODE_ADDRESS and the memory at MEMORY_ADDRESS in every run.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE_ADDRESS 0x10000000UL
#define MEMORY_ADDRESS 0x20000000UL
#define RECORD_BYTES 1024
#define IMAGE_BYTES 288
#define USED __attribute__((used))

static USED unsigned char before[512] __attribute__((aligned(64)));
static USED unsigned char after[512] __attribute__((aligned(64)));
static USED uint64_t registers[6]; /* rflags rax rcx rdx rbx rsi */
static USED uint64_t stack_pointer;
static USED uint32_t plain_mxcsr = 0x1f80;
static USED volatile int trap;

extern char recover[];

static void on_signal(int number, siginfo_t *info, void *context) {
  ucontext_t *uc = context;
  (void)info;
  trap = number;
  memcpy(after, uc->uc_mcontext.fpregs, 512);
  greg_t *g = uc->uc_mcontext.gregs;
  registers[0] = g[REG_EFL];
  registers[1] = g[REG_RAX];
  registers[2] = g[REG_RCX];
  registers[3] = g[REG_RDX];
  registers[4] = g[REG_RBX];
  registers[5] = g[REG_RSI];
  g[REG_RIP] = (greg_t)recover;
  g[REG_RSP] = (greg_t)stack_pointer;
  g[REG_EFL] &= ~0x40400UL;
}

static void __attribute__((noinline)) execute(void) {
  __asm__ volatile(
      "push %%rbp\n push %%rbx\n"
      "mov %%rsp, stack_pointer(%%rip)\n"
      "fxrstor64 before(%%rip)\n"
      "mov registers+8(%%rip), %%rax\n mov registers+16(%%rip), %%rcx\n mov registers+24(%%rip), %%rdx\n"
      "mov registers+32(%%rip), %%rbx\n mov registers+40(%%rip), %%rsi\n"
      "mov $0x20000000, %%edi\n mov $0x10000000, %%ebp\n"
      "push registers(%%rip)\n popfq\n"
      "call *%%rbp\n"
      "pushfq\n pop registers(%%rip)\n"
      "cld\n"
      "fxsave64 after(%%rip)\n"
      "mov %%rax, registers+8(%%rip)\n mov %%rcx, registers+16(%%rip)\n mov %%rdx, registers+24(%%rip)\n"
      "mov %%rbx, registers+32(%%rip)\n mov %%rsi, registers+40(%%rip)\n"
      ".globl recover\nrecover:\n"
      "fninit\n ldmxcsr plain_mxcsr(%%rip)\n"
      "pop %%rbx\n pop %%rbp\n" ::
          : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

static int read_all(unsigned char *into, size_t length) {
  return fread(into, 1, length, stdin) == length;
}

int main(void) {
  static unsigned char record[RECORD_BYTES];
  static unsigned char alternate[65536];
  unsigned char *code = mmap((void *)CODE_ADDRESS, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  unsigned char *memory = mmap((void *)MEMORY_ADDRESS, 4096, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (code == MAP_FAILED || memory == MAP_FAILED) return 1;
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  const int signals[] = {SIGFPE, SIGSEGV, SIGILL, SIGTRAP, SIGBUS};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);

  while (read_all(record, RECORD_BYTES)) {
    unsigned length = record[16] & 15;
    memcpy(code, record, length);
    code[length] = 0xc3;
    __asm__ volatile("" ::: "memory");
    memcpy(memory, record + 512, 512);
    memcpy(before, record + 128, IMAGE_BYTES);
    memcpy(registers, record + 24, sizeof registers);
    registers[0] = (registers[0] & 0xcd5) | 0x202;
    trap = 0;
    execute();
    record[17] = trap;
    memcpy(record + 24, registers, sizeof registers);
    memcpy(record + 128, after, IMAGE_BYTES);
    memcpy(record + 512, memory, 512);
    if (fwrite(record, 1, RECORD_BYTES, stdout) != RECORD_BYTES) return 1;
  }
  return 0;
}
