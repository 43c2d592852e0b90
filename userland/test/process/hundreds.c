// Five hundred processes in a ring of pipes, each of which computes and hands a number on: fork(2), pipe(2).
#include "check.h"

enum { PROCESSES = 500, ROUNDS = 3 };

int main(void) {
  int first[2], in;
  MUST(pipe(first));
  in = first[0];
  for (int i = 0; i < PROCESSES; i++) {
    int next[2];
    MUST(pipe(next));
    if (MUST(fork()) == 0) {
      close(next[0]);
      close(first[1]);
      long value;
      while (read(in, &value, sizeof value) == sizeof value) {
        for (int j = 0; j < 2000; j++) value = value * 6364136223846793005 + 1442695040888963407;
        MUST(write(next[1], &value, sizeof value));
      }
      _exit(0);
    }
    close(next[1]);
    close(in);
    in = next[0];
  }
  for (long i = 0; i < ROUNDS; i++) MUST(write(first[1], &i, sizeof i));
  for (int i = 0; i < ROUNDS; i++) {
    long value;
    MUST(read(in, &value, sizeof value));
    printf("%lx\n", value);
  }
  close(first[1]);
  int ended = 0, status;
  while (wait(&status) > 0) ended += status == 0;
  printf("%d\n", ended);
}
