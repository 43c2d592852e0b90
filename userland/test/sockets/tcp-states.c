// Connecting without waiting, reset connections and half-closed ones as poll(2) shows them: tcp(7).
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>

static int listener;
static struct sockaddr_in name;

static int events(int s, int wanted) {
  struct pollfd p = {s, (short)wanted, 0};
  poll(&p, 1, 1000);
  return p.revents;
}

static int error_of(int s) {
  int error;
  socklen_t length = sizeof error;
  getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

int main(void) {
  socklen_t length = sizeof name;
  char text[10];
  name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (void *)&name, sizeof name);
  listen(listener, 5);
  getsockname(listener, (void *)&name, &length);
  CHECK(events(socket(AF_INET, SOCK_STREAM, 0), POLLIN | POLLOUT) == (POLLOUT | POLLHUP));
  int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  long result = connect(s, (void *)&name, sizeof name);
  CHECK(result == 0 || errno == EINPROGRESS);
  printf("%x, error %d\n", events(s, POLLOUT), error_of(s));
  printf("listener %x\n", events(listener, POLLIN));
  int c = accept(listener, NULL, NULL);
  write(c, "end", 3);
  shutdown(c, SHUT_WR);
  printf("%x\n", events(s, POLLIN | POLLRDHUP));
  SHOW(read(s, text, 10));
  SHOW(read(s, text, 10));
  SHOW(write(s, "still", 5));
  SHOW(read(c, text, 10));
  close(c);
  close(s);
  /* closed with unread data: a reset */
  s = socket(AF_INET, SOCK_STREAM, 0);
  connect(s, (void *)&name, sizeof name);
  c = accept(listener, NULL, NULL);
  write(s, "unread", 6);
  events(c, POLLIN);
  close(c);
  printf("%x\n", events(s, POLLIN));
  SHOW(read(s, text, 10));
  SHOW(read(s, text, 10));
  SHOW(send(s, "x", 1, MSG_NOSIGNAL));
  close(s);
  /* refused, without waiting */
  close(listener);
  s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  result = connect(s, (void *)&name, sizeof name);
  if (result == -1 && errno == EINPROGRESS) {
    events(s, POLLOUT);
    result = error_of(s);
  } else {
    result = errno;
  }
  CHECK(result == ECONNREFUSED);
}
