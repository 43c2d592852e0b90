// Files without names, and seals on what may be done with them: memfd_create(2), fcntl(2) F_ADD_SEALS.
#include "check.h"

int main(void) {
  int fd = memfd_create("name", MFD_ALLOW_SEALING | MFD_CLOEXEC);
  char link[100] = {0}, path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, link, 99);
  puts(link);
  SHOW(ftruncate(fd, 8192));
  char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  strcpy(p, "content");
  SHOW(fcntl(fd, F_GET_SEALS));
  SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
  SHOW(ftruncate(fd, 4096));
  SHOW(ftruncate(fd, 12288));
  SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
  SHOW(ftruncate(fd, 16384));
  SHOW(pwrite(fd, "x", 1, 12288));
  SHOW(pwrite(fd, "C", 1, 0));
  munmap(p, 8192);
  SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
  SHOW(pwrite(fd, "x", 1, 0));
  SHOW(fcntl(fd, F_GET_SEALS));
  SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
  CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
  p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  puts(p);
  SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
  int plain = memfd_create("plain", 0);
  SHOW(fcntl(plain, F_GET_SEALS));
  SHOW(fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE));
  SHOW(fcntl(0, F_GET_SEALS));
  char name[300];
  memset(name, 'n', 299);
  name[299] = 0;
  SHOW(memfd_create(name, 0));
  SHOW(memfd_create("x", 0x80000));
}
