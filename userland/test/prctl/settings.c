// Settings of a process or thread by prctl(2): dumpable, timer slack, subreaper, no new privileges, names of memory.
#include "check.h"
#include <linux/securebits.h>

int main(void) {
  int value = -1;
  SHOW(prctl(PR_GET_DUMPABLE));
  SHOW(prctl(PR_SET_DUMPABLE, 0));
  SHOW(prctl(PR_GET_DUMPABLE));
  SHOW(prctl(PR_SET_DUMPABLE, 2));
  SHOW(prctl(PR_SET_DUMPABLE, 1));
  SHOW(prctl(PR_GET_KEEPCAPS));
  SHOW(prctl(PR_GET_TIMERSLACK));
  SHOW(prctl(PR_SET_TIMERSLACK, 1000));
  SHOW(prctl(PR_GET_TIMERSLACK));
  SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  SHOW(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
  SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  SHOW(prctl(PR_GET_TSC, &value));
  printf("%d\n", value == PR_TSC_ENABLE);
  SHOW(prctl(PR_GET_TIMING));
  SHOW(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  SHOW(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
  SHOW(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  SHOW(prctl(PR_GET_SECCOMP));
  SHOW(prctl(PR_SET_SECCOMP, 0));
  SHOW(prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) == 0 || errno == EINVAL);
  SHOW(prctl(9999, 0, 0, 0, 0));
  SHOW(prctl(PR_SET_NAME, (char *)8));
  SHOW(prctl(PR_GET_UNALIGN, &value));
}
