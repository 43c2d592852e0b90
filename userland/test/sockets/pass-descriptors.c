// Descriptors travel over Unix sockets, also such that nobody holds any more: cmsg(3), unix(7) SCM_RIGHTS.
#include "check.h"

static void send_fds(int socket, const int *fds, int count) {
  char control[CMSG_SPACE(10 * sizeof(int))] = {0};
  struct iovec v = {"x", 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(c), fds, count * sizeof(int));
  SHOW(sendmsg(socket, &m, 0));
}

static int receive(int socket, int *fds, size_t room, int flags) {
  char control[CMSG_SPACE(10 * sizeof(int))], byte;
  struct iovec v = {&byte, 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
  SHOW(recvmsg(socket, &m, flags));
  if (m.msg_flags & MSG_CTRUNC) puts("control data was cut");
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  if (c == NULL) return 0;
  int count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  memcpy(fds, CMSG_DATA(c), count * sizeof(int));
  return count;
}

int main(void) {
  int s[2], p[2], fds[10];
  char text[20] = {0};
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  pipe(p);
  pid_t child = fork();
  if (child == 0) {
    int file = open("f", O_RDWR | O_CREAT, 0644);
    write(file, "in the file", 11);
    send_fds(s[1], (int[]){file, p[1]}, 2);
    exit(0);
  }
  show_end("child", child);
  close(p[1]);
  int count = receive(s[0], fds, CMSG_SPACE(10 * sizeof(int)), MSG_CMSG_CLOEXEC);
  printf("%d descriptors, close-on-exec %d\n", count, fcntl(fds[0], F_GETFD));
  SHOW(lseek(fds[0], 0, SEEK_CUR)); /* the same open file */
  SHOW(pread(fds[0], text, 19, 0));
  write(fds[1], "y", 1);
  close(fds[1]);
  SHOW(read(p[0], text, 19));
  SHOW(read(p[0], text, 19));
  int many[10] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  send_fds(s[1], many, 5);
  printf("%d\n", receive(s[0], fds, CMSG_SPACE(2 * sizeof(int)), 0));
  send_fds(s[1], many, 1);
  SHOW(read(s[0], text, 1)); /* without control data they are closed */
  send_fds(s[1], (int[]){99}, 1);
  /* a socket in itself, then closed: to be found by the collector */
  send_fds(s[1], s, 2);
  close(s[0]);
  close(s[1]);
}
