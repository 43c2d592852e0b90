// Datagrams over the loopback interface, and the error when nobody listens: udp(7).
#include "check.h"
#include <arpa/inet.h>
#include <netinet/in.h>

int main(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, b = a, from;
  socklen_t length = sizeof a;
  char text[20] = {0};
  int s = MUST(socket(AF_INET, SOCK_DGRAM, 0)), t = MUST(socket(AF_INET, SOCK_DGRAM, 0));
  SHOW(bind(s, (void *)&a, sizeof a));
  SHOW(getsockname(s, (void *)&a, &length));
  SHOW(sendto(t, "datagram", 8, 0, (void *)&a, sizeof a));
  SHOW(sendto(t, "", 0, 0, (void *)&a, sizeof a));
  length = sizeof from;
  SHOW(recvfrom(s, text, 4, 0, (void *)&from, &length));
  length = sizeof b;
  getsockname(t, (void *)&b, &length);
  CHECK(from.sin_port == b.sin_port && from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
  SHOW(recv(s, text, 20, 0));
  SHOW(recv(s, text, 20, MSG_DONTWAIT));
  SHOW(connect(t, (void *)&a, sizeof a));
  SHOW(send(t, "connected", 9, 0));
  SHOW(recv(s, text, 20, 0));
  puts(text);
  struct mmsghdr m[2] = {0};
  struct iovec v[2] = {{"one", 3}, {"two", 3}};
  for (int i = 0; i < 2; i++) m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1};
  SHOW(sendmmsg(t, m, 2, 0));
  char in[2][10];
  for (int i = 0; i < 2; i++) v[i] = (struct iovec){in[i], 10};
  SHOW(recvmmsg(s, m, 2, 0, NULL));
  printf("%.3s %.3s\n", in[0], in[1]);
  close(s);
  SHOW(send(t, "x", 1, 0));
  SHOW(recv(t, text, 1, 0));
  SHOW(sendto(t, "x", 1, 0, (void *)&(struct sockaddr_in){.sin_family = 77}, sizeof a));
  static char huge[70000];
  SHOW(send(t, huge, sizeof huge, 0));
}
