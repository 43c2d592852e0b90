// Lists of robust futexes that are damaged: a loop, pointers to nowhere, odd offsets. The thread ends all the same.
#include "check.h"
#include <linux/futex.h>

static struct {
  struct robust_list_head head;
  struct robust_list node[4];
  unsigned word[4];
} *s;

static void die(void) {
  MUST(syscall(SYS_set_robust_list, &s->head, sizeof s->head));
  for (int i = 0; i < 4; i++) s->word[i] = gettid();
  _exit(0);
}
static void with(const char *what) {
  in_child(what, die);
  for (int i = 0; i < 4; i++) printf(" %s", s->word[i] == FUTEX_OWNER_DIED ? "died" : "-");
  puts("");
}
static void reset(void) {
  memset(s, 0, sizeof *s);
  s->head.list.next = &s->node[0];
  for (int i = 0; i < 4; i++) s->node[i].next = i < 3 ? &s->node[i + 1] : &s->head.list;
  s->head.futex_offset = (char *)s->word - (char *)s->node;
}

int main(void) {
  s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  reset();
  with("no word is where the offset says, but for the first");
  reset();
  s->node[1].next = &s->node[0];
  with("a loop");
  reset();
  s->node[0].next = &s->node[0];
  with("a loop of one");
  reset();
  s->node[1].next = (void *)0x10;
  with("a pointer to nowhere");
  reset();
  s->node[0].next = (void *)0xffff800000000000;
  with("a pointer to the kernel");
  reset();
  s->head.list.next = NULL;
  with("an empty pointer");
  reset();
  s->head.futex_offset = 1;
  with("an odd offset");
  reset();
  s->head.futex_offset = 0x7fffffffffffffff;
  with("a huge offset");
  reset();
  s->head.list_op_pending = (void *)8;
  with("a pending pointer to nowhere");
  reset();
  s->head.list_op_pending = (void *)((char *)&s->word[3] - s->head.futex_offset);
  with("a pending word");
}
