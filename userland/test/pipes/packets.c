// With O_DIRECT each write is a packet, read one by one: pipe(2).
#include "check.h"

int main(void) {
  int p[2];
  char text[20] = {0};
  SHOW(pipe2(p, O_DIRECT));
  write(p[1], "one", 3);
  write(p[1], "second", 6);
  write(p[1], "3", 1);
  SHOW(read(p[0], text, 20));
  SHOW(read(p[0], text, 4)); /* the rest is lost */
  SHOW(read(p[0], text, 20));
  puts(text);
}
