// Who is at the other end: SO_PEERCRED, and who sent a message: unix(7) SCM_CREDENTIALS.
#include "check.h"

int main(void) {
  int s[2], on = 1;
  struct ucred cred;
  socklen_t length = sizeof cred;
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  SHOW(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &length));
  CHECK(cred.pid == getpid() && cred.uid == getuid() && cred.gid == getgid());
  SHOW(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  pid_t child = fork();
  if (child == 0) {
    write(s[1], "a", 1);
    exit(0);
  }
  char control[CMSG_SPACE(sizeof cred)], byte;
  struct iovec v = {&byte, 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  SHOW(recvmsg(s[0], &m, 0));
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  CHECK(c != NULL && c->cmsg_type == SCM_CREDENTIALS);
  memcpy(&cred, CMSG_DATA(c), sizeof cred);
  CHECK(cred.pid == child && cred.uid == getuid());
  show_end("child", child);
  cred.pid = getpid();
  cred.uid = 12345;
  memset(control, 0, sizeof control);
  m = (struct msghdr){.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  c = CMSG_FIRSTHDR(&m);
  *c = (struct cmsghdr){CMSG_LEN(sizeof cred), SOL_SOCKET, SCM_CREDENTIALS};
  memcpy(CMSG_DATA(c), &cred, sizeof cred);
  if (getuid() == 0) MUST(setresuid(777, 777, 777));
  SHOW(sendmsg(s[1], &m, 0)); /* nobody may say that he is somebody else */
}
