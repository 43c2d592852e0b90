// What can be synced, and what not: fsync(2), sync_file_range(2), posix_fadvise(2), readahead(2).
#include "check.h"

int main(void) {
  int fd = open("f", O_RDWR | O_CREAT, 0644), pipes[2];
  write(fd, "x", 1);
  pipe(pipes);
  SHOW(fsync(fd));
  SHOW(fdatasync(fd));
  SHOW(syncfs(fd));
  SHOW(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
  SHOW(sync_file_range(fd, 0, 0, 100));
  SHOW(sync_file_range(fd, -1, 0, 0));
  SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
  SHOW(posix_fadvise(fd, 0, 0, 99));
  SHOW(posix_fadvise(pipes[0], 0, 0, POSIX_FADV_NORMAL));
  SHOW(readahead(fd, 0, 4096));
  SHOW(readahead(pipes[0], 0, 4096));
  SHOW(fsync(pipes[0]));
  SHOW(sync_file_range(pipes[0], 0, 0, 0));
  SHOW(fsync(99));
  int directory = open(".", O_RDONLY);
  SHOW(fsync(directory));
}
