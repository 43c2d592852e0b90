// Where clone(2) stores thread ids: CLONE_PARENT_SETTID, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID.
#include "check.h"

static int parents, childs;

static int ends(void *unused) { return childs == syscall(SYS_gettid) ? 3 : 4; }

int main(void) {
  int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &parents, &childs, 0);
  if (pid == 0) exit(childs == getpid() && childs == syscall(SYS_gettid) ? 1 : 2);
  CHECK(parents == pid);
  CHECK(childs == 0);
  show_end("child", pid);
  /* not cleared at the end if nobody else has the memory */
  shared[0] = 1;
  pid = syscall(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, shared, 0);
  if (pid == 0) _exit(0);
  show_end("child", pid);
  CHECK(shared[0] == pid);
  /* with the parent's memory it is cleared */
  childs = 1;
  char *stack = malloc(65536);
  pid = clone(ends, stack + 65536, CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL,
              &childs);
  CHECK(childs == 0);
  show_end("child with shared memory", pid);
}
