// A connection over the loopback interface: tcp(7), ip(7).
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

int main(void) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer;
  socklen_t length = sizeof name;
  char text[100] = {0};
  int listener = MUST(socket(AF_INET, SOCK_STREAM, 0)), on = 1;
  SHOW(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  SHOW(bind(listener, (void *)&name, sizeof name));
  SHOW(listen(listener, 5));
  SHOW(getsockname(listener, (void *)&name, &length));
  CHECK(ntohs(name.sin_port) > 1023);
  SHOW(bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&name, sizeof name));
  pid_t child = fork();
  if (child == 0) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    MUST(connect(s, (void *)&name, sizeof name));
    MUST(getpeername(s, (void *)&peer, &length));
    MUST(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    MUST(send(s, "hello server", 12, 0));
    int is_right = peer.sin_port == name.sin_port && recv(s, text, 12, MSG_WAITALL) == 12 && strcmp(text, "hello client") == 0;
    shutdown(s, SHUT_WR);
    exit(is_right && read(s, text, 1) == 0 ? 0 : 1);
  }
  length = sizeof peer;
  int c = accept(listener, (void *)&peer, &length);
  CHECK(peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK) && length == sizeof peer);
  SHOW(recv(c, text, 12, MSG_WAITALL));
  CHECK(strcmp(text, "hello server") == 0);
  write(c, "hello client", 12);
  while (read(c, text, 100) > 0) {}
  close(c);
  show_end("child", child);
  close(listener);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  SHOW(connect(s, (void *)&name, sizeof name));
  s = socket(AF_INET, SOCK_STREAM, 0);
  SHOW(send(s, "x", 1, MSG_NOSIGNAL));
  SHOW(getpeername(s, (void *)&peer, &length));
  SHOW(recv(s, text, 1, 0));
}
