// getrandom(2) gives different bytes each time, all that was asked for.
#include "check.h"
#include <sys/random.h>

int main(void) {
  unsigned char a[300], b[300];
  SHOW(getrandom(a, 300, 0));
  SHOW(getrandom(b, 300, GRND_NONBLOCK));
  CHECK(memcmp(a, b, 300) != 0);
  int seen[256] = {0}, different = 0;
  for (int i = 0; i < 300; i++) seen[a[i]]++;
  for (int i = 0; i < 256; i++) different += seen[i] > 0;
  CHECK(different > 100);
  SHOW(getrandom(a, 0, 0));
  SHOW(getrandom(a, 10, GRND_RANDOM));
  SHOW(getrandom(a, 10, 0x10));
  SHOW(getrandom(a, 10, GRND_RANDOM | GRND_INSECURE));
  SHOW(getrandom((void *)8, 10, 0));
  SHOW(getentropy(a, 256));
  SHOW(getentropy(a, 257));
  static char big[1 << 20];
  SHOW(getrandom(big, sizeof big, 0));
}
