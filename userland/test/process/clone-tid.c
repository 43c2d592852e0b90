// Where clone(2) stores thread ids: CLONE_PARENT_SETTID, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID.
#include "check.h"

int main(void) {
  static int in_parent, in_child;
  int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &in_parent, &in_child, 0);
  if (pid == 0) {
    CHECK(in_child == syscall(SYS_gettid));
    CHECK(in_child == getpid());
    exit(0);
  }
  CHECK(in_parent == pid);
  CHECK(in_child == 0);
  show_end("child", pid);
  /* not cleared if nobody else has the memory */
  shared[0] = 1;
  pid = syscall(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, shared, 0);
  if (pid == 0) _exit(0);
  show_end("child", pid);
  CHECK(shared[0] == pid);
  /* with the parent's memory it is, and who waits for it as a futex is woken */
  in_child = 1;
  pid = syscall(SYS_clone, CLONE_VM | CLONE_VFORK | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, &in_child, 0);
  if (pid == 0) _exit(3);
  CHECK(in_child == 0);
  show_end("child with shared memory", pid);
}
