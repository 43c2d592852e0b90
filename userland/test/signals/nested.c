// Handlers interrupt each other, except as sa_mask and SA_NODEFER say; SA_RESETHAND happens once: sigaction(2).
#include "check.h"

static int depth;
static int again;

static void handler(int number) {
  printf("%*senter %s\n", depth++ * 2, "", sigabbrev_np(number));
  if (number == SIGUSR1) raise(SIGUSR2);
  if (number == SIGHUP && again-- > 0) raise(SIGHUP);
  printf("%*sleave %s\n", --depth * 2, "", sigabbrev_np(number));
}

int main(void) {
  struct sigaction action = {.sa_handler = handler}, found;
  sigaction(SIGUSR2, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  puts("without a mask");
  raise(SIGUSR1);
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(SIGUSR1, &action, NULL);
  puts("with SIGUSR2 in the mask");
  raise(SIGUSR1);
  sigaction(SIGHUP, &action, NULL);
  puts("deferred");
  again = 2;
  raise(SIGHUP);
  action.sa_flags = SA_NODEFER;
  sigaction(SIGHUP, &action, NULL);
  puts("SA_NODEFER");
  again = 2;
  raise(SIGHUP);
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGHUP, &action, NULL);
  again = 0;
  raise(SIGHUP);
  sigaction(SIGHUP, NULL, &found);
  CHECK(found.sa_handler == SIG_DFL);
}
