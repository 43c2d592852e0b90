// Pages shared after a fork are copied by who writes first, whether by itself or in a system call: fork(2).
#include "check.h"

static char data[3 * 4096] __attribute__((aligned(4096)));

int main(void) {
  int pipes[2], back[2];
  char byte;
  pipe(pipes);
  pipe(back);
  memset(data, 'p', sizeof data);
  pid_t child = fork();
  if (child == 0) {
    write(back[1], "a", 1);
    read(pipes[0], data + 4096, 3); /* the kernel writes into a shared page */
    printf("child: %c %.3s %c\n", data[0], data + 4096, data[8192]);
    data[8192] = 'c';
    exit(0);
  }
  read(back[0], &byte, 1);
  data[0] = 'q';
  write(pipes[1], "abc", 3);
  show_end("child", child);
  printf("parent: %c %c %c\n", data[0], data[4096], data[8192]);
  /* four generations, each with its own */
  for (int generation = 0; generation < 4; generation++) {
    child = fork();
    if (child != 0) {
      show_end("generation", child);
      exit(data[4097]);
    }
    data[4097] = '0' + generation;
  }
  exit(data[4097]);
}
