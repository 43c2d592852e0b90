// A full pipe makes the writer wait, an empty one the reader; a large write goes on piece by piece: pipe(7).
#include "check.h"

int main(void) {
  static char big[300000];
  int p[2], status;
  pipe(p);
  memset(big, 'b', sizeof big);
  pid_t child = fork();
  if (child == 0) {
    close(p[0]);
    SHOW(write(p[1], big, sizeof big));
    exit(0);
  }
  close(p[1]);
  pause_ms(20);
  CHECK(waitpid(child, &status, WNOHANG) == 0);
  long sum = 0, n;
  while ((n = read(p[0], big, 10000)) > 0) sum += n;
  printf("%ld\n", sum);
  show_end("child", child);
  /* several writers: no piece up to PIPE_BUF is torn */
  pipe(p);
  for (int w = 0; w < 3; w++) {
    if (fork() != 0) continue;
    char piece[512];
    memset(piece, 'a' + w, 512);
    for (int i = 0; i < 100; i++) write(p[1], piece, 512);
    _exit(0);
  }
  close(p[1]);
  int count[3] = {0}, torn = 0;
  char piece[512];
  FILE *in = fdopen(p[0], "r");
  while (fread(piece, 512, 1, in) == 1) {
    count[piece[0] - 'a']++;
    for (int i = 1; i < 512; i++) torn += piece[i] != piece[0];
  }
  printf("%d %d %d, torn %d\n", count[0], count[1], count[2], torn);
}
