// Numbers are printed and read exactly, at all sizes and extremes: printf(3), strtod(3).
#include "check.h"
#include <float.h>
#include <math.h>

int main(void) {
  double values[] = {0.1, 1.0 / 3, 1e21, 123456789.125, DBL_MAX, DBL_MIN, 4.9e-324, -0.0, INFINITY, NAN, 5e-5, 9.995, 1e15, 1e16};
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++)
    printf("%.17g %g %e %.3f %a\n", values[i], values[i], values[i], fabs(values[i]) < 1e30 ? values[i] : 0, values[i]);
  long double l = 1.0L / 3;
  printf("%.21Lg %La %.5Le\n", l, l, LDBL_MAX);
  const char *texts[] = {"0.1", "1e400", "1e-400", "0x1.8p3", "2.2250738585072011e-308", "9007199254740993", "inf", "nan", "  12abc", "1.7976931348623158e308"};
  for (unsigned i = 0; i < 10; i++) {
    char *end;
    errno = 0;
    double d = strtod(texts[i], &end);
    printf("%s: %a, rest [%s]%s\n", texts[i], d, end, errno == ERANGE ? ", out of range" : "");
  }
  int wrong = 0;
  unsigned long state = 42;
  for (int i = 0; i < 2000; i++) {
    state = state * 6364136223846793005 + 1442695040888963407;
    double d;
    memcpy(&d, &state, 8);
    if (isnan(d) || isinf(d)) continue;
    char text[40];
    snprintf(text, sizeof text, "%.17g", d);
    wrong += strtod(text, NULL) != d;
  }
  CHECK(wrong == 0);
}
