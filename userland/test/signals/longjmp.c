// A handler may be left by siglongjmp, any number of times; the mask is put back if it was saved: sigsetjmp(3).
#include "check.h"
#include <setjmp.h>

static sigjmp_buf place;

static void handler(int number) { siglongjmp(place, number); }

int main(void) {
  sigset_t now;
  signal(SIGUSR1, handler);
  signal(SIGSEGV, handler);
  signal(SIGFPE, handler);
  volatile int count = 0;
  for (int i = 0; i < 100; i++) {
    int number = sigsetjmp(place, 1);
    if (number == 0) raise(SIGUSR1);
    else count++;
  }
  CHECK(count == 100);
  for (int i = 0; i < 100; i++) {
    if (sigsetjmp(place, 1) == 0) *(volatile int *)8 = i;
    else count++;
  }
  CHECK(count == 200);
  volatile int zero = 0;
  if (sigsetjmp(place, 1) == 0) printf("%d\n", 1 / zero);
  else puts("division caught");
  sigprocmask(0, NULL, &now);
  CHECK(!sigismember(&now, SIGFPE));
  if (sigsetjmp(place, 0) == 0) raise(SIGUSR1);
  sigprocmask(0, NULL, &now);
  CHECK(sigismember(&now, SIGUSR1));
}
