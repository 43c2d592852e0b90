// Peeking, waiting for all, not waiting, and shutting down one direction: recv(2), send(2), shutdown(2).
#include "check.h"

int main(void) {
  int s[2];
  char text[40] = {0};
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  SHOW(recv(s[0], text, 1, MSG_DONTWAIT));
  write(s[1], "abcdef", 6);
  SHOW(recv(s[0], text, 3, MSG_PEEK));
  SHOW(recv(s[0], text, 3, MSG_PEEK));
  printf("%s\n", text);
  pid_t child = fork();
  if (child == 0) {
    usleep(10000);
    write(s[1], "ghij", 4);
    exit(0);
  }
  SHOW(recv(s[0], text, 10, MSG_WAITALL));
  puts(text);
  show_end("child", child);
  struct timeval tv = {0, 20000};
  SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  double before = seconds();
  SHOW(read(s[0], text, 1));
  CHECK(seconds() - before >= 0.019);
  SHOW(shutdown(s[0], SHUT_RD));
  SHOW(read(s[0], text, 1));
  SHOW(send(s[1], "x", 1, MSG_NOSIGNAL));
  SHOW(write(s[0], "y", 1));
  SHOW(shutdown(s[1], SHUT_WR));
  SHOW(read(s[1], text, 1));
  SHOW(shutdown(s[1], 5));
  SHOW(shutdown(1, SHUT_RD));
  struct pollfd p = {s[1], POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&p, 1, 0);
  printf("%x\n", p.revents);
  int type, domain, kind;
  socklen_t l = sizeof type;
  getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &l);
  getsockopt(s[0], SOL_SOCKET, SO_DOMAIN, &domain, &l);
  getsockopt(s[0], SOL_SOCKET, SO_ACCEPTCONN, &kind, &l);
  printf("%d %d %d\n", type, domain, kind);
  SHOW(getsockopt(s[0], SOL_SOCKET, 9999, &kind, &l));
  SHOW(getsockopt(1, SOL_SOCKET, SO_TYPE, &kind, &l));
}
