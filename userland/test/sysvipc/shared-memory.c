// Segments of shared memory live until nobody has them: shmget(2), shmat(2), shmctl(2).
#include "check.h"
#include <sys/shm.h>

int main(void) {
  int id = MUST(shmget(IPC_PRIVATE, 10000, 0600));
  char *p = shmat(id, NULL, 0), *q = shmat(id, NULL, SHM_RDONLY);
  CHECK(p != (void *)-1 && q != p);
  strcpy(p, "shared");
  puts(q);
  struct shmid_ds d;
  SHOW(shmctl(id, IPC_STAT, &d));
  printf("size %ld, attached %ld\n", (long)d.shm_segsz, (long)d.shm_nattch);
  pid_t child = fork();
  if (child == 0) {
    shmctl(id, IPC_STAT, &d);
    printf("attached %ld\n", (long)d.shm_nattch);
    strcpy(p, "by the child");
    exit(0);
  }
  show_end("child", child);
  puts(q);
  SHOW(shmctl(id, IPC_RMID, NULL));
  SHOW(shmctl(id, IPC_STAT, &d));
  CHECK((d.shm_perm.mode & SHM_DEST) != 0);
  puts(p);
  SHOW(shmdt(p));
  SHOW(shmdt(p));
  puts(q);
  SHOW(shmdt(q));
  SHOW(shmctl(id, IPC_STAT, &d));
  SHOW(shmget(IPC_PRIVATE, 0, 0600));
  SHOW(shmget(0x7e58, 10, 0));
  SHOW_OK((long)shmat(id, NULL, 0));
  char *place = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  id = shmget(IPC_PRIVATE, 4096, 0600);
  SHOW_OK((long)shmat(id, place, 0));
  CHECK(shmat(id, place, SHM_REMAP) == place);
  SHOW_OK((long)shmat(id, place + 1, 0));
  shmctl(id, IPC_RMID, NULL);
}
