// The four rounding modes act on arithmetic, conversions and the C library, in SSE and x87: fenv(3).
#include "check.h"
#include <fenv.h>
#include <math.h>

int main(void) {
  int modes[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
  const char *names[] = {"nearest", "down", "up", "zero"};
  volatile double one = 1, three = 3, tiny = 0x1p-60, x = 2.5, y = -2.5;
  volatile float fone = 1, fthree = 3;
  volatile long double lone = 1, lthree = 3;
  for (int i = 0; i < 4; i++) {
    fesetround(modes[i]);
    printf("%s: %a %a %a %La\n", names[i], one / three, -one / three, one + tiny, lone / lthree);
    printf("  %a %g %g %ld %ld %ld\n", (double)(fone / fthree), rint(x), rint(y), lrint(x), lrint(y), lrint(3.7 * one));
    printf("  %a %a\n", sqrt(one + one), (double)(float)(one / three));
    printf("  %.3f %.3f\n", 0.0625 + one * 0.0005, -1.0005 * one);
    if (fegetround() != modes[i]) puts("wrong mode");
  }
  fesetround(FE_TONEAREST);
  printf("%d %d %d\n", (int)x, (int)y, (int)(one * 2.99));
}
