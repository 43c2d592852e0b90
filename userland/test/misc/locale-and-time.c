// Local time, formats and collation by the C library's tables: strftime(3), mktime(3), setlocale(3).
#include "check.h"
#include <locale.h>

int main(void) {
  char text[100];
  time_t t = 1700000000;
  struct tm tm;
  gmtime_r(&t, &tm);
  strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a %b %U", &tm);
  puts(text);
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
  tzset();
  localtime_r(&t, &tm);
  strftime(text, sizeof text, "%F %T %Z %z", &tm);
  puts(text);
  tm = (struct tm){.tm_year = 124, .tm_mon = 6, .tm_mday = 32, .tm_hour = 25, .tm_isdst = -1};
  printf("%ld\n", (long)mktime(&tm));
  strftime(text, sizeof text, "%F %T", &tm);
  puts(text);
  CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
  printf("%zu\n", mbstowcs(NULL, "gr\xc3\xbc\xc3\x9f", 0));
  printf("%ld\n", (long)timegm(&(struct tm){.tm_year = 70, .tm_mday = 1}));
}
