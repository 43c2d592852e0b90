// A child gets a copy of its parent's memory, and both change only their own: fork(2).
#include "check.h"

static int data = 1;

int main(void) {
  int stack = 2, *heap = malloc(1 << 20);
  heap[0] = 3;
  heap[200000] = 4;
  pid_t child = fork();
  if (child == 0) {
    printf("child finds %d %d %d %d\n", data, stack, heap[0], heap[200000]);
    data = stack = heap[0] = heap[200000] = 9;
    printf("child has %d %d %d %d\n", data, stack, heap[0], heap[200000]);
    exit(7);
  }
  show_end("child", child);
  printf("parent has %d %d %d %d\n", data, stack, heap[0], heap[200000]);
  data = 5;
  child = fork();
  if (child == 0) exit(data);
  show_end("second child", child);
}
