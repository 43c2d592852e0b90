// Datagrams keep their bounds and their sender's name: unix(7) SOCK_DGRAM.
#include "check.h"

int main(void) {
  struct sockaddr_un a = {AF_UNIX, "a"}, b = {AF_UNIX, "b"}, from;
  socklen_t length = sizeof from;
  char text[20] = {0};
  int s = socket(AF_UNIX, SOCK_DGRAM, 0), t = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind(s, (void *)&a, sizeof a);
  SHOW(sendto(t, "anonymous", 9, 0, (void *)&a, sizeof a));
  SHOW(recvfrom(s, text, 20, 0, (void *)&from, &length));
  printf("length of the name %d\n", (int)length);
  bind(t, (void *)&b, sizeof b);
  SHOW(sendto(t, "named", 5, 0, (void *)&a, sizeof a));
  SHOW(sendto(t, "", 0, 0, (void *)&a, sizeof a));
  length = sizeof from;
  SHOW(recvfrom(s, text, 3, MSG_TRUNC, (void *)&from, &length));
  printf("from %s\n", from.sun_path);
  SHOW(recv(s, text, 20, 0));
  SHOW(connect(t, (void *)&a, sizeof a));
  SHOW(send(t, "12345", 5, 0));
  SHOW(recv(s, text, 20, MSG_PEEK));
  SHOW(recv(s, text, 20, 0));
  SHOW(send(s, "x", 1, 0));
  SHOW(sendto(s, "x", 1, 0, (void *)&(struct sockaddr_un){AF_UNIX, "none"}, sizeof a));
  SHOW(recv(s, text, 20, MSG_DONTWAIT));
  close(s);
  SHOW(send(t, "x", 1, 0));
  int pair[2];
  SHOW(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  write(pair[0], "one", 3);
  write(pair[0], "two", 3);
  SHOW(read(pair[1], text, 20));
  close(pair[0]);
  SHOW(read(pair[1], text, 20));
  SHOW(recv(pair[1], text, 20, MSG_DONTWAIT));
  SHOW(write(pair[1], "x", 1));
}
