// SIGIO of descriptors with O_ASYNC: which files send it, and when: fcntl(2) F_SETOWN, F_SETSIG.
#include "check.h"
#include <termios.h>

static volatile sig_atomic_t signals;
static volatile int last_fd, last_code;
static void count(int signo) { signals++; }
static void detail(int signo, siginfo_t *info, void *context) {
  signals++;
  last_fd = info->si_fd;
  last_code = info->si_code;
}

/* Whether SIGIO came since the last time. */
static void came(const char *what) {
  pause_ms(20);
  printf("%s: %s\n", what, signals > 0 ? "SIGIO" : "nothing");
  signals = 0;
}
static void watch(int fd) {
  MUST(fcntl(fd, F_SETOWN, getpid()));
  MUST(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK));
  signals = 0;
}

static void pipes(void) {
  int p[2];
  char text[4096];
  MUST(pipe(p));
  watch(p[0]);
  write(p[1], "x", 1);
  came("pipe, written");
  write(p[1], "x", 1);
  came("pipe, written again");
  read(p[0], text, sizeof text);
  came("pipe, read by its watcher");
  MUST(fcntl(p[0], F_SETFL, 0));
  write(p[1], "x", 1);
  came("pipe, without O_ASYNC");
  watch(p[0]);
  close(p[1]);
  came("pipe, writer closed");
  close(p[0]);
  MUST(pipe(p));
  watch(p[1]);
  while (write(p[1], text, sizeof text) > 0) {}
  signals = 0;
  for (int i = 0; i < 16; i++) read(p[0], text, sizeof text);
  came("pipe, room again");
  close(p[0]);
  close(p[1]);
}

static void sockets(int type, const char *name) {
  int s[2];
  char text[100], what[100];
  MUST(socketpair(AF_UNIX, type, 0, s));
  watch(s[0]);
  write(s[1], "x", 1);
  snprintf(what, sizeof what, "%s, written", name);
  came(what);
  read(s[0], text, sizeof text);
  signals = 0;
  close(s[1]);
  snprintf(what, sizeof what, "%s, closed", name);
  came(what);
  close(s[0]);
}

static void listener(void) {
  struct sockaddr_un name = {AF_UNIX, ""};
  int l = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  MUST(bind(l, (void *)&name, sizeof(sa_family_t)));
  socklen_t length = sizeof name;
  MUST(getsockname(l, (void *)&name, &length));
  MUST(listen(l, 5));
  watch(l);
  int c = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
  MUST(connect(c, (void *)&name, length));
  came("listener, connected");
  close(c);
  close(l);
}

static void terminals(void) {
  struct termios t;
  char text[100];
  int m = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(m);
  unlockpt(m);
  int s = (int)MUST(open(ptsname(m), O_RDWR | O_NOCTTY));
  watch(s);
  write(m, "half", 4);
  came("terminal, half a line");
  write(m, "\n", 1);
  came("terminal, a line");
  tcgetattr(s, &t);
  cfmakeraw(&t);
  tcsetattr(s, TCSANOW, &t);
  read(s, text, sizeof text);
  signals = 0;
  write(m, "x", 1);
  came("terminal, raw");
  MUST(fcntl(s, F_SETFL, 0));
  watch(m);
  while (read(m, text, sizeof text) > 0) {}
  signals = 0;
  write(s, "out", 3);
  came("master, output");
  struct winsize size = {10, 20, 0, 0};
  signal(SIGWINCH, count);
  MUST(ioctl(m, TIOCSWINSZ, &size));
  came("master, another size");
  close(s);
  close(m);
}

static void details(void) {
  struct sigaction action = {.sa_sigaction = detail, .sa_flags = SA_SIGINFO};
  sigaction(SIGRTMIN, &action, NULL);
  int p[2];
  MUST(pipe(p));
  watch(p[0]);
  MUST(fcntl(p[0], F_SETSIG, SIGRTMIN));
  write(p[1], "x", 1);
  came("F_SETSIG");
  CHECK(last_fd == p[0]);
  CHECK(last_code == POLL_IN);
  int copy = dup(p[0]);
  close(p[0]);
  write(p[1], "x", 1);
  came("another descriptor of the file");
  close(copy);
  write(p[1], "x", 1);
  came("closed");
}

int main(void) {
  signal(SIGIO, count);
  signal(SIGPIPE, SIG_IGN);
  pipes();
  sockets(SOCK_STREAM, "stream socket");
  sockets(SOCK_DGRAM, "datagram socket");
  sockets(SOCK_SEQPACKET, "packet socket");
  listener();
  terminals();
  details();
}
