// F_SETLKW sleeps until the lock is free, and refuses to sleep for ever: fcntl(2) EDEADLK.
#include "check.h"

static int lock(int fd, short type, off_t from) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = 1};
  return fcntl(fd, F_SETLKW, &l);
}

static void handler(int number) {}

int main(void) {
  int fd = open("f", O_RDWR | O_CREAT, 0644), ready[2];
  char byte;
  pipe(ready);
  lock(fd, F_WRLCK, 1);
  pid_t child = fork();
  if (child == 0) {
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGALRM, &action, NULL);
    lock(fd, F_WRLCK, 2);
    ualarm(20000, 20000);
    SHOW(lock(fd, F_WRLCK, 1)); /* interrupted */
    ualarm(0, 0);
    write(ready[1], "x", 1);
    SHOW(lock(fd, F_WRLCK, 1)); /* until the parent unlocks it */
    exit(0);
  }
  read(ready[0], &byte, 1);
  until_asleep(child);
  SHOW(lock(fd, F_WRLCK, 2)); /* the child waits for us */
  puts("unlocking");
  lock(fd, F_UNLCK, 1);
  show_end("child", child);
  SHOW(lock(fd, F_WRLCK, 2)); /* went with the child */
}
