// POSIX message queues: by priority, with a limit, waited for and announced: mq_overview(7).
#include "check.h"
#include <mqueue.h>

static volatile int announced;
static void handler(int number, siginfo_t *info, void *context) { announced = info->si_value.sival_int; }

int main(void) {
  char name[40], text[64];
  unsigned priority;
  struct mq_attr a = {.mq_maxmsg = 3, .mq_msgsize = 20};
  snprintf(name, sizeof name, "/c-programs-%d", getpid());
  mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &a);
  if (q == (mqd_t)-1) {
    printf("mq_open: %s\n", strerrorname_np(errno));
    return 1;
  }
  SHOW(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &a));
  SHOW(mq_send(q, "low", 3, 1));
  SHOW(mq_send(q, "high", 4, 9));
  SHOW(mq_send(q, "low too", 7, 1));
  SHOW(mq_send(q, "full", 4, 1));
  SHOW(mq_receive(q, text, 64, &priority));
  printf("%.4s, priority %u\n", text, priority);
  SHOW(mq_receive(q, text, 10, &priority));
  SHOW(mq_receive(q, text, 64, &priority));
  printf("%.3s\n", text);
  SHOW(mq_getattr(q, &a));
  printf("%ld of %ld, size %ld, flags %ld\n", a.mq_curmsgs, a.mq_maxmsg, a.mq_msgsize, a.mq_flags & O_NONBLOCK ? 1L : 0);
  SHOW(mq_receive(q, text, 64, NULL));
  SHOW(mq_receive(q, text, 64, NULL));
  SHOW(mq_send(q, "much too long for it, this is", 29, 1));
  SHOW(mq_send(q, "x", 1, 40000));
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 11};
  SHOW(mq_notify(q, &event));
  pid_t child = fork();
  if (child == 0) {
    mq_send(q, "news", 4, 0);
    exit(0);
  }
  show_end("child", child);
  printf("announced %d\n", announced);
  struct pollfd p = {(int)q, POLLIN, 0};
  SHOW(poll(&p, 1, 0));
  mq_receive(q, text, 64, NULL);
  a.mq_flags = 0;
  SHOW(mq_setattr(q, &a, NULL));
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  SHOW(mq_timedreceive(q, text, 64, NULL, &soon));
  SHOW(mq_unlink(name));
  SHOW(mq_unlink(name));
  SHOW(mq_close(q));
}
