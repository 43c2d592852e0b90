// Sets of semaphores: several changes at once, waiting, undoing at the end of a process: semop(2), semctl(2).
#include "check.h"
#include <sys/sem.h>

int main(void) {
  int id = MUST(semget(IPC_PRIVATE, 3, 0600));
  unsigned short values[3] = {5, 0, 2};
  SHOW(semctl(id, 0, SETALL, values));
  struct sembuf two[2] = {{0, -2, 0}, {2, 3, 0}};
  SHOW(semop(id, two, 2));
  SHOW(semctl(id, 0, GETALL, values));
  printf("%d %d %d\n", values[0], values[1], values[2]);
  struct sembuf impossible[2] = {{0, -1, IPC_NOWAIT}, {1, -1, IPC_NOWAIT}};
  SHOW(semop(id, impossible, 2));
  SHOW(semctl(id, 0, GETVAL)); /* nothing of it was done */
  pid_t child = fork();
  if (child == 0) {
    struct sembuf undo = {0, -1, SEM_UNDO};
    semop(id, &undo, 1);
    struct sembuf wait = {1, -1, 0};
    semop(id, &wait, 1);
    exit(semctl(id, 0, GETVAL));
  }
  while (semctl(id, 1, GETNCNT) == 0) usleep(1000);
  struct sembuf post = {1, 1, 0};
  SHOW(semop(id, &post, 1));
  show_end("child", child);
  SHOW(semctl(id, 0, GETVAL));
  CHECK(semctl(id, 1, GETPID) == child);
  struct sembuf timed = {1, -1, 0};
  SHOW(semtimedop(id, &timed, 1, &(struct timespec){0, 10000000}));
  struct sembuf zero = {0, 0, IPC_NOWAIT};
  SHOW(semop(id, &zero, 1));
  SHOW(semop(id, &(struct sembuf){5, 1, 0}, 1));
  SHOW(semctl(id, 0, SETVAL, 40000));
  child = fork();
  if (child == 0) {
    exit(semop(id, &timed, 1) == -1 && errno == EIDRM ? 0 : 1);
  }
  while (semctl(id, 1, GETNCNT) == 0) usleep(1000);
  SHOW(semctl(id, 0, IPC_RMID));
  show_end("child", child);
  SHOW(semop(id, &post, 1));
}
