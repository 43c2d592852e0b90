// exit(3) runs the functions of atexit in reverse order and flushes; _exit(2) does neither; codes are cut to 8 bits.
#include "check.h"

static void first(void) { puts("first registered"); }
static void second(void) { puts("second registered"); }
static void with_exit(void) { exit(0x1234); }
static void with__exit(void) {
  setvbuf(stdout, NULL, _IOFBF, 4096);
  printf("this is lost");
  _exit(-1);
}
static void by_return(void) {}
static void with_quick(void) {
  at_quick_exit(first);
  quick_exit(5);
}

int main(void) {
  in_child("by quick_exit", with_quick);
  in_child("by _exit", with__exit);
  atexit(first);
  atexit(second);
  in_child("by exit", with_exit);
  in_child("by return", by_return);
  in_child("by abort", abort);
  _exit(0);
}
