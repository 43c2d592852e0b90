// Writing where nobody reads is SIGPIPE, or EPIPE for who ignores it: pipe(7), send(2) MSG_NOSIGNAL.
#include "check.h"

static int pipes[2], sockets[2];

static void to_pipe(void) { write(pipes[1], "x", 1); }
static void to_socket(void) { write(sockets[1], "x", 1); }

int main(void) {
  pipe(pipes);
  socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
  close(pipes[0]);
  close(sockets[0]);
  in_child("pipe", to_pipe);
  in_child("socket", to_socket);
  SHOW(send(sockets[1], "x", 1, MSG_NOSIGNAL));
  signal(SIGPIPE, SIG_IGN);
  SHOW(write(pipes[1], "x", 1));
  SHOW(write(pipes[1], "x", 0));
  SHOW(write(sockets[1], "x", 1));
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  signal(SIGPIPE, SIG_DFL);
  sigprocmask(SIG_BLOCK, &set, NULL);
  SHOW(write(pipes[1], "x", 1));
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGPIPE));
}
