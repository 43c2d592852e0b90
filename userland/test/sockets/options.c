// Socket options have defaults, bounds and types: socket(7), tcp(7), ip(7).
#include "check.h"
#include <netinet/in.h>
#include <netinet/tcp.h>

static void tell(int s, const char *what, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  if (getsockopt(s, level, option, &value, &length) == -1) printf("%s: %s\n", what, strerrorname_np(errno));
  else printf("%s = %d (%d)\n", what, value, (int)length);
}

#define TELL(level, option) tell(s, #option, level, option)
#define SET(level, option, to)                                                          \
  printf("set " #option " to %d: %s\n", (int)to,                                        \
         setsockopt(s, level, option, &(int){to}, sizeof(int)) == 0 ? "ok" : strerrorname_np(errno)); \
  TELL(level, option)

int main(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  TELL(SOL_SOCKET, SO_TYPE);
  TELL(SOL_SOCKET, SO_PROTOCOL);
  TELL(SOL_SOCKET, SO_REUSEADDR);
  TELL(SOL_SOCKET, SO_ERROR);
  SET(SOL_SOCKET, SO_REUSEADDR, 5);
  SET(SOL_SOCKET, SO_KEEPALIVE, 1);
  SET(SOL_SOCKET, SO_BROADCAST, 1);
  SET(SOL_SOCKET, SO_SNDBUF, 10000);
  SET(SOL_SOCKET, SO_RCVBUF, 1);
  SET(SOL_SOCKET, SO_PRIORITY, 3);
  SET(SOL_SOCKET, SO_RCVLOWAT, 7);
  SET(IPPROTO_TCP, TCP_NODELAY, 1);
  SET(IPPROTO_TCP, TCP_KEEPIDLE, 100);
  SET(IPPROTO_IP, IP_TTL, 44);
  SET(IPPROTO_IP, IP_TTL, 300);
  struct linger l = {1, 2};
  socklen_t length = sizeof l;
  SHOW(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
  l = (struct linger){0};
  SHOW(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &length));
  printf("%d %d\n", l.l_onoff, l.l_linger);
  SHOW(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &l, 1));
  SHOW(setsockopt(s, SOL_SOCKET, SO_TYPE, &l, sizeof l));
  SHOW(setsockopt(s, 250, 1, &l, sizeof l));
  SHOW(setsockopt(s, IPPROTO_IP, 250, &l, sizeof l));
  length = -1;
  SHOW(getsockopt(s, SOL_SOCKET, SO_TYPE, &l, &length));
}
