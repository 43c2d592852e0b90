// Connections through a name in the file system: unix(7), socket(2), listen(2), accept(2).
#include "check.h"

int main(void) {
  struct sockaddr_un name = {AF_UNIX, "s"}, peer;
  socklen_t length = sizeof peer;
  char text[40] = {0};
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&name, sizeof name));
  SHOW(bind(listener, (void *)&name, sizeof name));
  SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&name, sizeof name));
  SHOW(bind(listener, (void *)&name, sizeof name));
  SHOW(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&name, sizeof name));
  SHOW(accept(listener, NULL, NULL));
  SHOW(listen(listener, 5));
  pid_t child = fork();
  if (child == 0) {
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    MUST(connect(s, (void *)&name, sizeof name));
    write(s, "question", 8);
    read(s, text, 39);
    shutdown(s, SHUT_WR);
    read(s, text + 20, 10);
    exit(strcmp(text, "answer") == 0 ? 0 : 1);
  }
  int c = accept(listener, (void *)&peer, &length);
  printf("peer: family %d, length %d\n", peer.sun_family, (int)length);
  length = sizeof peer;
  SHOW(getsockname(c, (void *)&peer, &length));
  printf("own name %s, length %d\n", peer.sun_path, (int)length);
  SHOW(read(c, text, 39));
  SHOW(send(c, "answer", 6, 0));
  SHOW(recv(c, text, 39, 0));
  SHOW(close(c));
  show_end("child", child);
  SHOW(unlink("s"));
  SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&name, sizeof name));
  SHOW(accept4(listener, NULL, NULL, 0x100));
  fcntl(listener, F_SETFL, O_NONBLOCK);
  SHOW(accept(listener, NULL, NULL));
  SHOW(socket(AF_UNIX, 77, 0));
  SHOW(socket(999, SOCK_STREAM, 0));
  SHOW(listen(1, 5));
  SHOW(bind(listener, (void *)&(struct sockaddr){AF_INET}, sizeof(struct sockaddr)));
}
