// Links under /proc/self/fd lead to the file itself, whatever their text says: proc(5).
#include "check.h"

static void tell(int fd) {
  char path[40], text[200] = {0};
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  if (readlink(path, text, 199) == -1) {
    puts(strerrorname_np(errno));
    return;
  }
  char *bracket = strchr(text, '[');
  if (text[0] != '/' && bracket != NULL && bracket[1] >= '0' && bracket[1] <= '9') bracket[1] = 0;
  puts(text[0] == '/' ? strrchr(text, '/') : text);
}

int main(void) {
  int pipes[2], sockets[2];
  struct stat s;
  pipe(pipes);
  socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
  write_file("file", "text");
  int fd = open("file", O_RDONLY);
  tell(fd);
  tell(pipes[0]);
  tell(sockets[0]);
  tell((int)syscall(SYS_epoll_create1, 0));
  tell((int)syscall(SYS_eventfd2, 0, 0));
  tell((int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0));
  tell((int)syscall(SYS_inotify_init1, 0));
  tell((int)syscall(SYS_pidfd_open, getpid(), 0));
  tell(99);
  char path[40], byte;
  snprintf(path, sizeof path, "/proc/self/fd/%d", pipes[1]);
  int again = MUST(open(path, O_WRONLY)); /* a new open file of the same pipe */
  write(again, "x", 1);
  SHOW(read(pipes[0], &byte, 1));
  snprintf(path, sizeof path, "/proc/self/fd/%d", sockets[0]);
  SHOW(open(path, O_RDWR));
  stat("/proc/self/fd/", &s);
  CHECK(S_ISDIR(s.st_mode));
  lstat("/proc/self/fd/1", &s);
  CHECK(S_ISLNK(s.st_mode));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  lstat(path, &s);
  printf("mode %o\n", s.st_mode & 0777);
  SHOW(access("/proc/self/exe", X_OK));
  SHOW(access("/proc/self/cwd/file", R_OK));
  SHOW(access("/proc/self/root/", X_OK));
  SHOW(unlink("/proc/self/fd/1"));
}
