// Operations raise the flags that IEEE 754 says, in SSE and x87, and nothing else: fenv(3).
#include "check.h"
#include <fenv.h>
#include <math.h>

static void flags(const char *what) {
  int f = fetestexcept(FE_ALL_EXCEPT);
  printf("%s:%s%s%s%s%s\n", what, f & FE_INVALID ? " invalid" : "", f & FE_DIVBYZERO ? " zero" : "", f & FE_OVERFLOW ? " overflow" : "",
         f & FE_UNDERFLOW ? " underflow" : "", f & FE_INEXACT ? " inexact" : "");
  feclearexcept(FE_ALL_EXCEPT);
}

int main(void) {
  volatile double zero = 0, one = 1, big = 1e308, tiny = 1e-308, nan_ = NAN, inf = INFINITY, r;
  volatile long double lz = 0, l1 = 1, lbig = 1e4932L, lr;
  volatile float f;
  volatile int i;
  feclearexcept(FE_ALL_EXCEPT);
  r = one + one; flags("1+1");
  r = one / 3; flags("1/3");
  r = one / zero; flags("1/0");
  r = zero / zero; flags("0/0");
  r = inf - inf; flags("inf-inf");
  r = big * 10; flags("overflow");
  r = tiny * tiny; flags("underflow");
  r = tiny / 3; flags("denormal");
  r = sqrt(-one); flags("sqrt(-1)");
  r = nan_ + 1; flags("nan+1");
  i = nan_ < one; flags("nan<1");
  i = nan_ == one; flags("nan==1");
  i = isless(nan_, one); flags("isless");
  i = (int)big; flags("(int)1e308");
  i = (int)(one * 2.5); flags("(int)2.5");
  f = (float)big; flags("(float)1e308");
  f = (float)tiny; flags("(float)1e-308");
  lr = l1 / lz; flags("1/0 x87");
  lr = lz / lz; flags("0/0 x87");
  lr = lbig * lbig; flags("overflow x87");
  lr = l1 / 3; flags("1/3 x87");
  lr = sqrtl(-l1); flags("sqrt(-1) x87");
  i = (int)lbig; flags("(int) x87");
  feraiseexcept(FE_OVERFLOW); flags("raised");
  fenv_t env;
  feraiseexcept(FE_INVALID);
  feholdexcept(&env); flags("held");
  r = one / zero;
  feupdateenv(&env); flags("updated");
  (void)r; (void)f; (void)lr; (void)i;
}
