// Soft limits move below hard ones, which only root raises; they are inherited: getrlimit(2), prlimit(2).
#include "check.h"

static void tell(int resource) {
  struct rlimit l;
  getrlimit(resource, &l);
  printf("%d: %ld %ld\n", resource, (long)l.rlim_cur, (long)l.rlim_max);
}

static void as_user(void) {
  if (getuid() == 0) setresuid(500, 500, 500);
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){50, 60}));
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){60, 60}));
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){50, 61}));
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){61, 60}));
  tell(RLIMIT_NOFILE);
}

int main(void) {
  tell(RLIMIT_NOFILE);
  tell(RLIMIT_STACK);
  tell(RLIMIT_FSIZE);
  tell(RLIMIT_CPU);
  in_child("user", as_user);
  tell(RLIMIT_NOFILE);
  struct rlimit old;
  pid_t child = fork();
  if (child == 0) {
    pause();
  }
  SHOW(prlimit(child, RLIMIT_CORE, &(struct rlimit){0, 0}, &old));
  SHOW(prlimit(child, RLIMIT_CORE, NULL, &old));
  printf("%ld\n", (long)old.rlim_cur);
  kill(child, SIGKILL);
  wait(NULL);
  SHOW(prlimit(999999999, RLIMIT_CORE, NULL, &old));
  SHOW(getrlimit(99, &old));
  SHOW(setrlimit(RLIMIT_NOFILE, &(struct rlimit){10, 1L << 40}));
  SHOW(setrlimit(RLIMIT_CPU, (void *)8));
}
