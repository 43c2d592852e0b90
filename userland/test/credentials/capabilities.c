// Root's power in pieces, dropped one by one; and what remains after becoming another user: capabilities(7).
#include "check.h"
#include <linux/capability.h>

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
static struct __user_cap_data_struct data[2];

static void tell(const char *what) {
  syscall(SYS_capget, &header, data);
  printf("%s: effective %d, permitted %d, inheritable %d\n", what, data[0].effective >> CAP_CHOWN & 1, data[0].permitted >> CAP_CHOWN & 1,
         data[0].inheritable >> CAP_CHOWN & 1);
}

static void becomes_user(void) {
  setresuid(500, 500, 500);
  tell("user");
  SHOW(chown("f", 1, 1));
}
static void keeps(void) {
  SHOW(prctl(PR_SET_KEEPCAPS, 1));
  setresuid(500, 500, 500);
  tell("kept");
  data[0].effective = 1 << CAP_CHOWN;
  SHOW(syscall(SYS_capset, &header, data));
  SHOW(chown("f", 1, 1));
}
static void drops(void) {
  syscall(SYS_capget, &header, data);
  data[0].effective &= ~(1 << CAP_CHOWN);
  SHOW(syscall(SYS_capset, &header, data));
  SHOW(chown("f", 2, 2));
  data[0].effective |= 1 << CAP_CHOWN;
  SHOW(syscall(SYS_capset, &header, data));
  SHOW(chown("f", 2, 2));
  data[0].effective &= ~(1 << CAP_CHOWN);
  data[0].permitted &= ~(1 << CAP_CHOWN);
  SHOW(syscall(SYS_capset, &header, data));
  data[0].effective |= 1 << CAP_CHOWN;
  data[0].permitted |= 1 << CAP_CHOWN;
  SHOW(syscall(SYS_capset, &header, data));
}
static void temporarily(void) {
  seteuid(500);
  tell("effective user");
  seteuid(0);
  tell("root again");
}

int main(void) {
  SHOW(prctl(PR_CAPBSET_READ, CAP_CHOWN));
  SHOW(prctl(PR_CAPBSET_READ, 99));
  SHOW(prctl(PR_GET_SECUREBITS));
  header.version = 1;
  SHOW(syscall(SYS_capget, &header, data));
  CHECK(header.version == _LINUX_CAPABILITY_VERSION_3);
  if (getuid() != 0) {
    puts("needs root");
    return 0;
  }
  write_file("f", "");
  tell("root");
  in_child("becomes user", becomes_user);
  in_child("keeps", keeps);
  in_child("drops", drops);
  in_child("temporarily", temporarily);
  SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
  SHOW(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
  SHOW(prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT));
  SHOW(prctl(PR_CAPBSET_READ, CAP_SYS_BOOT));
}
