// The mathematical functions give the same bits as on any x86-64: math.h.
#include "check.h"
#include <complex.h>
#include <math.h>

static unsigned long hash;
static void add(double d) {
  unsigned long bits;
  memcpy(&bits, &d, 8);
  hash = (hash ^ bits) * 1099511628211UL;
}

#define TRY(f)                                                        \
  hash = 14695981039346656037UL;                                      \
  for (int i = -200; i < 200; i++) add(f(i * 0.37 + 0.011));          \
  printf("%s: %016lx, %.17g\n", #f, hash, f(0.7))

static double power(double x) { return pow(fabs(x), x / 3); }
static double modulo(double x) { return fmod(x * 100, 7.3); }
static double long_sine(double x) { return (double)sinl(x); }
static double long_power(double x) { return (double)powl(fabsl((long double)x), 1.37L); }
static double arc(double x) { return atan2(x, 1.5 - x); }

int main(void) {
  TRY(floor);
  TRY(trunc);
  TRY(round);
  TRY(nearbyint);
  TRY(modulo);
  TRY(fabs);
  TRY(cbrt);
  TRY(long_sine);
  TRY(long_power);
  printf("%.10g %.10g %.10g %.10g\n", sin(0.7), exp(1.5), log(10), power(2.2));
  printf("%.10g %.10g %.10g %.10g\n", arc(0.3), tgamma(4.5), erf(0.5), hypot(3, 4));
  int e;
  double m = frexp(1234.5, &e), whole, part = modf(-3.75, &whole);
  printf("%g %d %g %g %g %d\n", m, e, part, whole, ldexp(1.5, 10), ilogb(1e10));
  printf("%g %g %g\n", fma(1e308, 10, -INFINITY), remainder(10, 3.3), copysign(3, -0.0));
  printf("%a %a\n", nextafter(1, 2), nextafterf(0, 1));
}
