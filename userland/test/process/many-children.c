// A hundred children at once end with a hundred statuses, each found once: fork(2), wait(2).
#include "check.h"

int main(void) {
  int count[100] = {0}, go[2];
  MUST(pipe(go));
  for (int i = 0; i < 100; i++) {
    if (MUST(fork()) == 0) {
      char byte;
      close(go[1]);
      read(go[0], &byte, 1);
      _exit(i);
    }
  }
  close(go[1]);
  int status, ended = 0;
  while (wait(&status) > 0) {
    ended++;
    count[WEXITSTATUS(status)]++;
  }
  CHECK(ended == 100);
  for (int i = 0; i < 100; i++)
    if (count[i] != 1) printf("status %d came %d times\n", i, count[i]);
  CHECK(errno == ECHILD);
}
