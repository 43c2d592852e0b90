/*
 * Runs blocks of instructions on the CPU of the host, for the differential tester (host/cpu/fuzz/native.ts). One batch
 * comes on standard input: a header, a page-aligned image of code, a page-aligned image of data, and a state for each
 * block. What each block did goes to standard output: its state, then the lines of data that it changed.
 *
 * A block is entered by returning from a signal handler into the registers that the block shall begin with, and left
 * by the trap that ends it (int3 at its end, or a fault): the handler takes the state from its frame, and puts the
 * next block's state there. The data are as the image says before each block.
 *
 * All numbers are little-endian. Header: u64 address of the code, of the data; u32 bytes of code, of data, of data at
 * the end that may only be read, number of blocks, whether blocks may write to the code (what they change there stays).
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#define LINE 64
#define FLOAT_BYTES 416
#define WATCHDOG_US 300000
/* CF PF AF ZF SF DF OF; IF and the fixed bit are the kernel's to set */
#define FLAGS 0xcd5UL
#define TRAP_HUNG 255

struct header {
  uint64_t code, data;
  uint32_t code_bytes, data_bytes, read_only_bytes, count, is_code_writable, unused;
};

struct state {
  uint64_t gpr[16]; /* in the order of their encoding */
  uint64_t rip, rflags, fs_base, gs_base;
  uint32_t trap, error; /* out: number of the exception, its error code */
  uint64_t address;     /* out: CR2 */
  uint32_t changed;     /* out: lines of data that follow all states */
  uint32_t unused[3];
  uint8_t floating[512];
};

static const int order[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static struct header header;
static struct state *states;
static uint8_t *data, *image;
static volatile int current = -1;
static int seen_by_watchdog = -1;
static uint64_t own_fs, own_gs;
static int has_fsgsbase;
static greg_t home[NGREG];
static uint8_t home_floating[FLOAT_BYTES];

/* Changed lines: u32 number, then the bytes. */
static uint8_t *changes;
static size_t changes_bytes, changes_room;

static inline long arch_prctl(long what, unsigned long value) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_arch_prctl), "D"(what), "S"(value) : "rcx", "r11", "memory");
  return result;
}

/* Runs before anything that may use thread-local storage. */
static inline void take_bases(uint64_t *fs, uint64_t *gs) {
  if (has_fsgsbase) {
    __asm__ volatile("rdfsbase %0\n rdgsbase %1\n wrfsbase %2\n wrgsbase %3"
                     : "=&r"(*fs), "=&r"(*gs)
                     : "r"(own_fs), "r"(own_gs));
  } else {
    arch_prctl(ARCH_GET_FS, (unsigned long)fs);
    arch_prctl(ARCH_GET_GS, (unsigned long)gs);
    arch_prctl(ARCH_SET_FS, own_fs);
    arch_prctl(ARCH_SET_GS, own_gs);
  }
}

static inline void set_bases(uint64_t fs, uint64_t gs) {
  if (has_fsgsbase) {
    __asm__ volatile("wrfsbase %0\n wrgsbase %1" ::"r"(fs), "r"(gs));
  } else {
    arch_prctl(ARCH_SET_FS, fs);
    arch_prctl(ARCH_SET_GS, gs);
  }
}

static void save_changes(struct state *state) {
  size_t writable = header.data_bytes - header.read_only_bytes;
  for (size_t at = 0; at < writable; at += 4096) {
    if (memcmp(data + at, image + at, 4096) == 0) continue;
    for (size_t line = at; line < at + 4096; line += LINE) {
      if (memcmp(data + line, image + line, LINE) == 0) continue;
      if (changes_bytes + 4 + LINE > changes_room) continue; /* the count does not match then: the reader sees it */
      uint32_t number = line / LINE;
      memcpy(changes + changes_bytes, &number, 4);
      memcpy(changes + changes_bytes + 4, data + line, LINE);
      changes_bytes += 4 + LINE;
      state->changed++;
      memcpy(data + line, image + line, LINE);
    }
  }
}

static void on_signal(int number, siginfo_t *info, void *context) {
  uint64_t fs, gs;
  take_bases(&fs, &gs);
  (void)info;
  ucontext_t *uc = context;
  greg_t *g = uc->uc_mcontext.gregs;
  uint8_t *floating = (uint8_t *)uc->uc_mcontext.fpregs;
  if (number == SIGALRM && (current < 0 || current != seen_by_watchdog)) {
    seen_by_watchdog = current;
    set_bases(fs, gs);
    return;
  }
  if (current < 0) {
    memcpy(home, g, sizeof home);
    memcpy(home_floating, floating, FLOAT_BYTES);
  } else {
    struct state *state = &states[current];
    for (int i = 0; i < 16; i++) state->gpr[i] = g[order[i]];
    state->rip = g[REG_RIP];
    state->rflags = g[REG_EFL] & FLAGS;
    state->fs_base = fs;
    state->gs_base = gs;
    state->trap = number == SIGALRM ? TRAP_HUNG : g[REG_TRAPNO];
    state->error = g[REG_ERR];
    state->address = g[REG_CR2];
    state->changed = 0;
    memcpy(state->floating, floating, FLOAT_BYTES);
    save_changes(state);
  }
  uint64_t *xstate_bv = (uint64_t *)(floating + 512);
  *xstate_bv = 3;
  current++;
  if (current == (int)header.count) {
    memcpy(g, home, sizeof home);
    memcpy(floating, home_floating, FLOAT_BYTES);
    return;
  }
  struct state *state = &states[current];
  for (int i = 0; i < 16; i++) g[order[i]] = state->gpr[i];
  g[REG_RIP] = state->rip;
  g[REG_EFL] = (g[REG_EFL] & ~(0x10100UL | FLAGS)) | state->rflags;
  /* not the mask of MXCSR's bits, and nothing that is the kernel's in the rest of the area */
  memcpy(floating, state->floating, 28);
  memcpy(floating + 32, state->floating + 32, FLOAT_BYTES - 32);
  set_bases(state->fs_base, state->gs_base);
}

static void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void read_all(void *into, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = read(0, (char *)into + done, length - done);
    if (n <= 0) die("read");
    done += n;
  }
}

static void write_all(const void *from, size_t length) {
  for (size_t done = 0; done < length;) {
    ssize_t n = write(1, (const char *)from + done, length - done);
    if (n <= 0) die("write");
    done += n;
  }
}

static void *map(uint64_t address, size_t length) {
  void *at = mmap((void *)address, length, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_POPULATE, -1, 0);
  if (at != (void *)address) die("mmap");
  return at;
}

int main(void) {
  static uint8_t stack[1 << 18] __attribute__((aligned(64)));
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGALRM};

  read_all(&header, sizeof header);
  void *code = map(header.code, header.code_bytes);
  data = map(header.data, header.data_bytes);
  image = malloc(header.data_bytes);
  states = malloc((size_t)header.count * sizeof *states);
  changes_room = (size_t)header.count * (header.data_bytes / 4 + 4096);
  changes = malloc(changes_room);
  if (!image || !states || !changes) die("malloc");
  read_all(code, header.code_bytes);
  read_all(image, header.data_bytes);
  read_all(states, (size_t)header.count * sizeof *states);
  memcpy(data, image, header.data_bytes);
  int rights = PROT_READ | PROT_EXEC | (header.is_code_writable ? PROT_WRITE : 0);
  if (mprotect(code, header.code_bytes, rights) != 0) die("mprotect");
  if (header.read_only_bytes != 0 &&
      mprotect(data + header.data_bytes - header.read_only_bytes, header.read_only_bytes, PROT_READ) != 0)
    die("mprotect");

  has_fsgsbase = (getauxval(AT_HWCAP2) & 2) != 0;
  arch_prctl(ARCH_GET_FS, (unsigned long)&own_fs);
  arch_prctl(ARCH_GET_GS, (unsigned long)&own_gs);
  if (sigaltstack(&alternate, NULL) != 0) die("sigaltstack");
  sigfillset(&action.sa_mask);
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (sigaction(signals[i], &action, NULL) != 0) die("sigaction");
  struct itimerval watchdog = {{0, WATCHDOG_US}, {0, WATCHDOG_US}};
  setitimer(ITIMER_REAL, &watchdog, NULL);
  __asm__ volatile("int3" ::: "memory");
  memset(&watchdog, 0, sizeof watchdog);
  setitimer(ITIMER_REAL, &watchdog, NULL);

  write_all(states, (size_t)header.count * sizeof *states);
  write_all(changes, changes_bytes);
  return 0;
}
