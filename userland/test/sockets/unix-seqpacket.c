// Sequenced packets: connected, with bounds, and an end: unix(7) SOCK_SEQPACKET.
#include "check.h"

int main(void) {
  int s[2];
  char text[20];
  SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
  SHOW(write(s[0], "first", 5));
  SHOW(write(s[0], "second", 6));
  SHOW(read(s[1], text, 3));
  struct iovec v = {text, 3};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  SHOW(recvmsg(s[1], &m, 0));
  CHECK((m.msg_flags & MSG_TRUNC) != 0);
  CHECK((m.msg_flags & MSG_EOR) != 0);
  SHOW(shutdown(s[0], SHUT_WR));
  SHOW(read(s[1], text, 20));
  SHOW(send(s[0], "x", 1, MSG_NOSIGNAL));
  SHOW(write(s[1], "back", 4));
  SHOW(read(s[0], text, 20));
  struct sockaddr_un name = {AF_UNIX, "\0abstract-c-programs"};
  snprintf(name.sun_path + 1, 100, "c-programs-%d", getpid());
  int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0), c = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  SHOW(bind(listener, (void *)&name, sizeof name)); /* an abstract name is in no file system */
  SHOW(listen(listener, 1));
  SHOW(connect(c, (void *)&name, sizeof name));
  SHOW(connect(c, (void *)&name, sizeof name));
  close(listener);
  SHOW(read(c, text, 20));
}
