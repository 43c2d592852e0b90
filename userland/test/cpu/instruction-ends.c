// Instructions at the ends of pages and of what is allowed: cut off, not executable behind, 15 bytes and more.
#include "check.h"
#include <setjmp.h>

#define PAGE 4096
static char *code;
static sigjmp_buf back;
static int signo, where, cause;

static void handler(int number, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  signo = number;
  where = (int)((char *)user->uc_mcontext.gregs[REG_RIP] - code);
  cause = info->si_code == SI_KERNEL ? 99999 : (int)((char *)info->si_addr - code);
  siglongjmp(back, 1);
}

static void execute(const char *what, int at) {
  if (sigsetjmp(back, 1) == 0) {
    int result = ((int (*)(void))(code + at))();
    printf("%s: %d\n", what, result);
  } else printf("%s: %s at %d, address %d\n", what, sigabbrev_np(signo), where, cause);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  for (int i = 0; i < 4; i++) sigaction((int[]){SIGSEGV, SIGBUS, SIGILL, SIGTRAP}[i], &action, NULL);
  code = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char text[80];
  static const unsigned char move[] = {0x48, 0xb8, 1, 2, 3, 0, 0, 0, 0, 0, 0xc3}; /* movabs; ret */
  for (int before = 0; before <= 10; before += 5) {
    memset(code, 0x90, 3 * PAGE);
    memcpy(code + PAGE - before, move, sizeof move);
    for (int i = 0; i < 4; i++) {
      static const int rights[] = {PROT_READ | PROT_EXEC, PROT_READ, PROT_NONE, PROT_READ | PROT_WRITE | PROT_EXEC};
      MUST(mprotect(code + PAGE, PAGE, rights[i]));
      sprintf(text, "%d bytes before a page with %d", before, rights[i]);
      execute(text, PAGE - 20);
    }
  }
  /* prefixes: fifteen bytes may be, sixteen may not; and the sixteenth need not be there */
  for (int prefixes = 12; prefixes <= 16; prefixes++) {
    memset(code, 0x90, 2 * PAGE);
    memset(code + 100, 0x66, prefixes);
    memcpy(code + 100 + prefixes, "\x31\xc0\xb8\x07\0\0\0\xc3", 8); /* xor %ax, %ax; mov $7, %eax; ret */
    sprintf(text, "%d prefixes", prefixes);
    execute(text, 100);
    memset(code + PAGE - prefixes, 0x66, prefixes);
    MUST(mprotect(code + PAGE, PAGE, PROT_NONE));
    sprintf(text, "%d prefixes before nothing", prefixes);
    execute(text, PAGE - prefixes);
    MUST(mprotect(code + PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
  }
  /* the same bytes from the first one on, and from the third */
  static const unsigned char both[] = {0xb8, 0x90, 0xb0, 0x05, 0xc3, 0xc3}; /* mov $…, %eax; ret / mov $5, %al; ret */
  memcpy(code, both, sizeof both);
  ((int (*)(void))code)();
  for (int i = 0; i < 3; i++) {
    execute("whole", 0);
    memcpy(code + 40, "\x31\xc0\xeb\xd4", 4); /* xor %eax, %eax; jmp to 40 + 4 - 44 = 0 */
    code[43] = (char)(2 - 44);
    execute("from the middle", 40);
  }
  /* old ways into the kernel, and what only the kernel may do */
  static const struct { const char *name, *bytes; int length; } others[] = {
      {"hlt", "\xf4", 1}, {"in", "\xec", 1},          {"ud2", "\x0f\x0b", 2},
      {"into", "\xce", 1},        {"rdmsr", "\x0f\x32", 2}, {"mov cr0", "\x0f\x20\xc0", 3}, {"int 3", "\xcd\x03", 2},
      {"int 0x20", "\xcd\x20", 2}, {"lock nop", "\xf0\x90", 2}, {"lock add to a register", "\xf0\x01\xc0", 3},
      {"far jump", "\xea\0\0\0\0\0\0", 7}, {"invlpg", "\x0f\x01\x38", 3}};
  for (int i = 0; i < (int)(sizeof others / sizeof *others); i++) {
    memset(code, 0x90, 64);
    memcpy(code + 16, others[i].bytes, others[i].length);
    code[40] = (char)0xc3;
    execute(others[i].name, 0);
  }
}
