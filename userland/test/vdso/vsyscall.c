/* The fixed addresses that old C libraries call for the time. */
/* gcc: -w -fno-inline */
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
  int (*getTime)(struct timeval *, void *) = (void *)0xffffffffff600000;
  time_t (*getSeconds)(time_t *) = (void *)0xffffffffff600400;
  int (*getProcessor)(unsigned *, unsigned *, void *) = (void *)0xffffffffff600800;
  struct timeval now;
  time_t seconds;
  unsigned node = 99;
  printf("gettimeofday: %d\n", getTime(&now, NULL));
  long difference = time(NULL) - now.tv_sec;
  printf("about now: %d\n", difference >= 0 && difference < 3);
  printf("time: %d\n", getSeconds(&seconds) == seconds && seconds - now.tv_sec < 3);
  printf("getcpu: %d %u\n", getProcessor(NULL, &node, NULL), node);
  return 0;
}
