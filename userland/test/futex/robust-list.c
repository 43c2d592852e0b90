// The kernel marks what a dying thread has locked, from a list that the thread keeps: set_robust_list(2).
#include "check.h"
#include <linux/futex.h>

static struct {
  struct robust_list_head head;
  struct robust_list node;
  unsigned word;
  unsigned pending;
} *s;

int main(void) {
  s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  s->head.list.next = &s->node;
  s->node.next = &s->head.list;
  s->head.futex_offset = (char *)&s->word - (char *)&s->node;
  pid_t child = fork();
  if (child == 0) {
    SHOW(syscall(SYS_set_robust_list, &s->head, 23));
    SHOW(syscall(SYS_set_robust_list, &s->head, sizeof s->head));
    void *head;
    size_t size;
    SHOW(syscall(SYS_get_robust_list, 0, &head, &size));
    CHECK(head == s && size == sizeof s->head);
    s->word = getpid() | FUTEX_WAITERS;
    exit(0);
  }
  show_end("child", child);
  CHECK(s->word == (FUTEX_OWNER_DIED | FUTEX_WAITERS));
  s->word = 12345; /* somebody else's */
  child = fork();
  if (child == 0) {
    syscall(SYS_set_robust_list, &s->head, sizeof s->head);
    raise(SIGKILL);
  }
  show_end("child", child);
  CHECK(s->word == 12345);
  /* lists that go round, or nowhere, harm nobody */
  s->node.next = &s->node;
  child = fork();
  if (child == 0) {
    syscall(SYS_set_robust_list, &s->head, sizeof s->head);
    _exit(1);
  }
  show_end("a list that goes round", child);
  s->node.next = (void *)8;
  child = fork();
  if (child == 0) {
    syscall(SYS_set_robust_list, &s->head, sizeof s->head);
    _exit(2);
  }
  show_end("a list that goes nowhere", child);
  SHOW(syscall(SYS_get_robust_list, 999999999, &child, &child));
}
