// Queues of messages with types: msgsnd(2), msgrcv(2).
#include "check.h"
#include <sys/msg.h>

static struct { long type; char text[100]; } m;

static long send_message(int id, long type, const char *text) {
  m.type = type;
  strcpy(m.text, text);
  return msgsnd(id, &m, strlen(text), IPC_NOWAIT);
}
static void receive(int id, long type, int flags) {
  ssize_t n = msgrcv(id, &m, 100, type, flags | IPC_NOWAIT);
  if (n == -1) printf("%ld: %s\n", type, strerrorname_np(errno));
  else printf("%ld: type %ld, %.*s\n", type, m.type, (int)n, m.text);
}

int main(void) {
  int id = MUST(msgget(IPC_PRIVATE, 0600));
  SHOW(send_message(id, 3, "three"));
  SHOW(send_message(id, 1, "one"));
  SHOW(send_message(id, 2, "two"));
  SHOW(send_message(id, 3, "again three"));
  SHOW(send_message(id, 0, "none"));
  receive(id, 2, 0);
  receive(id, -2, 0);
  receive(id, 3, MSG_EXCEPT);
  receive(id, 0, 0);
  SHOW(msgrcv(id, &m, 3, 0, IPC_NOWAIT));
  SHOW(msgrcv(id, &m, 3, 0, IPC_NOWAIT | MSG_NOERROR));
  receive(id, 0, 0);
  struct msqid_ds d;
  SHOW(msgctl(id, IPC_STAT, &d));
  printf("%ld messages, mode %o\n", (long)d.msg_qnum, d.msg_perm.mode);
  pid_t child = fork();
  if (child == 0) {
    usleep(5000);
    send_message(id, 9, "late");
    exit(0);
  }
  SHOW(msgrcv(id, &m, 100, 9, 0));
  show_end("child", child);
  int filled = 0;
  memset(m.text, 'x', 99);
  while (msgsnd(id, &m, 99, IPC_NOWAIT) == 0) filled++;
  printf("%d, then %s\n", filled, strerrorname_np(errno));
  SHOW(msgctl(id, IPC_RMID, NULL));
  receive(id, 0, 0);
  SHOW(msgget(0x7e57, 0));
}
