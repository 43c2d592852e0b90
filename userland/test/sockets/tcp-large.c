// A megabyte in both directions at once, without waiting, through a poll loop: tcp(7).
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>

enum { SIZE = 1 << 20 };

static void exchange(int s, unsigned char seed) {
  unsigned char buffer[8192];
  long sent = 0, received = 0, wrong = 0;
  fcntl(s, F_SETFL, O_NONBLOCK);
  while (sent < SIZE || received < SIZE) {
    struct pollfd p = {s, POLLIN | (sent < SIZE ? POLLOUT : 0), 0};
    poll(&p, 1, -1);
    if (p.revents & POLLOUT) {
      for (int i = 0; i < 8192; i++) buffer[i] = (sent + i) * seed;
      long n = send(s, buffer, SIZE - sent < 8192 ? SIZE - sent : 8192, MSG_NOSIGNAL);
      if (n > 0) sent += n;
    }
    if (p.revents & POLLIN) {
      long n = recv(s, buffer, sizeof buffer, 0);
      if (n == 0) break;
      for (long i = 0; i < n; i++) wrong += buffer[i] != (unsigned char)((received + i) * (12 - seed));
      if (n > 0) received += n;
    }
  }
  if (seed == 5) usleep(50000); /* the child's line comes first */
  printf("sent %ld, received %ld, wrong %ld\n", sent, received, wrong);
}

int main(void) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof name;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (void *)&name, sizeof name);
  listen(listener, 1);
  getsockname(listener, (void *)&name, &length);
  pid_t child = fork();
  if (child == 0) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    connect(s, (void *)&name, sizeof name);
    exchange(s, 7);
    exit(0);
  }
  exchange(accept(listener, NULL, NULL), 5);
  show_end("child", child);
}
