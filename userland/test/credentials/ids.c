// Real, effective and saved ids, and how they may change: setuid(2), setreuid(2), setresuid(2), credentials(7).
#include "check.h"
#include <sys/fsuid.h>
#include <grp.h>

static void tell(void) {
  uid_t r, e, s;
  gid_t rg, eg, sg;
  getresuid(&r, &e, &s);
  getresgid(&rg, &eg, &sg);
  printf("uid %d %d %d, gid %d %d %d\n", r, e, s, rg, eg, sg);
}

int main(void) {
  if (getuid() != 0) {
    puts("needs root");
    return 0;
  }
  gid_t groups[4] = {10, 20, 30}, found[4];
  SHOW(setgroups(3, groups));
  SHOW(getgroups(4, found));
  SHOW(getgroups(2, found));
  SHOW(getgroups(0, NULL));
  SHOW(setgroups(100000, groups));
  SHOW(setresgid(100, 200, 300));
  SHOW(setresuid(1000, 2000, 3000));
  tell();
  SHOW(setuid(3000));
  tell();
  SHOW(setuid(0));
  SHOW(setreuid(-1, 1000));
  tell();
  SHOW(setreuid(3000, -1));
  SHOW(setresuid(3000, 3000, 3000));
  tell();
  SHOW(seteuid(1000));
  SHOW(setgid(300));
  tell();
  SHOW(setregid(300, 100));
  SHOW(setgroups(0, NULL));
  printf("%d\n", setfsuid(3000));
  printf("%d\n", setfsuid(55));
  printf("%d\n", setfsuid(-1));
  pid_t child = fork();
  if (child == 0) {
    tell();
    exit(0);
  }
  show_end("child", child);
}
