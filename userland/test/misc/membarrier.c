// Barriers on behalf of other threads: membarrier(2).
#include "check.h"
#include <linux/membarrier.h>

static long membarrier(int command, unsigned flags) { return syscall(SYS_membarrier, command, flags, 0); }

int main(void) {
  long known = membarrier(MEMBARRIER_CMD_QUERY, 0);
  CHECK((known & MEMBARRIER_CMD_GLOBAL) != 0);
  CHECK((known & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0);
  SHOW(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
  SHOW(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
  SHOW(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
  SHOW(membarrier(MEMBARRIER_CMD_GLOBAL, 0));
  SHOW(membarrier(MEMBARRIER_CMD_GLOBAL, 1));
  SHOW(membarrier(1 << 30, 0));
}
