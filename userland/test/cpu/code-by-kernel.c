// Code that is executed already is changed by system calls of all kinds, in memory and in the file that it is mapped from.
#include "check.h"
#include <linux/futex.h>
#include <sys/sendfile.h>

#define PAGE 4096
static const int rwx = PROT_READ | PROT_WRITE | PROT_EXEC;
static unsigned char *code;
static int fd, pipes[2], sockets[2];

/* mov $value, %eax; ret */
static void put(unsigned char *at, int value) {
  at[0] = 0xb8;
  memcpy(at + 1, &value, 4);
  at[5] = 0xc3;
}
static int run(void) {
  int value = 0;
  for (int i = 0; i < 300; i++) value = ((int (*)(void))code)();
  return value;
}
static void check(const char *what, int expected) {
  int value = run();
  if (value == expected) printf("%s: ok\n", what);
  else printf("%s: %d, not %d\n", what, value, expected);
}

static void into_memory(void) {
  int value = 100;
  put(code, 1);
  check("a store", 1);
  struct iovec to = {code + 1, 4}, from = {&value, 4};
  MUST(write(pipes[1], &value, 4));
  MUST(read(pipes[0], code + 1, 4));
  check("read of a pipe", value);
  value++;
  MUST(pwrite(fd, &value, 4, 3 * PAGE));
  MUST(pread(fd, code + 1, 4, 3 * PAGE));
  check("pread of a file", value);
  value++;
  MUST(write(pipes[1], &value, 4));
  MUST(readv(pipes[0], &to, 1));
  check("readv", value);
  value++;
  MUST(send(sockets[1], &value, 4, 0));
  MUST(recv(sockets[0], code + 1, 4, 0));
  check("recv", value);
  value++;
  MUST(send(sockets[1], &value, 4, 0));
  MUST(recvmsg(sockets[0], &(struct msghdr){.msg_iov = &to, .msg_iovlen = 1}, 0));
  check("recvmsg", value);
  value++;
  MUST(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
  check("process_vm_writev", value);
  MUST(syscall(SYS_futex, code + 9, FUTEX_WAKE_OP, 1, 1, code + 1, FUTEX_OP(FUTEX_OP_SET, 77, FUTEX_OP_CMP_EQ, 1)));
  check("FUTEX_WAKE_OP", 77);
  MUST(ioctl(pipes[0], FIONREAD, code + 1));
  check("ioctl", 0);
  MUST(write(pipes[1], "12345", 5));
  MUST(ioctl(pipes[0], FIONREAD, code + 1));
  check("ioctl again", 5);
  MUST(read(pipes[0], code + 64, 5));
  MUST(syscall(SYS_getrandom, code + 100, 100, 0));
  check("beside it", 5);
  struct timespec time;
  MUST(clock_gettime(CLOCK_MONOTONIC, &time));
  MUST(syscall(SYS_clock_getres, CLOCK_MONOTONIC, code + 1 - 8)); /* 0 seconds before, 1 ns here */
  put(code, *(int *)(code + 1));
  check("clock_getres", 1);
  pid_t child = fork();
  if (child == 0) _exit(9);
  MUST(wait4(child, (int *)(code + 1), 0, NULL));
  check("wait4", 9 << 8);
  MUST(madvise(code - 67, PAGE, MADV_DONTNEED));
  put(code, 55);
  check("dropped and written again", 55);
  /* by a child that shares it */
  child = (pid_t)syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    code[1] = 56;
    _exit(0);
  }
  waitpid(child, NULL, 0);
  check("vfork", 56);
}

static void into_file(int flags) {
  code = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, flags, fd, 0);
  unsigned char bytes[8];
  int value = 1000;
  put(bytes, value);
  MUST(pwrite(fd, bytes, 6, 0));
  check("pwrite", value);
  value++;
  struct iovec from = {&value, 4};
  MUST(pwritev(fd, &from, 1, 1));
  check("pwritev", value);
  value++;
  MUST(pwrite(fd, &value, 4, 2 * PAGE));
  off_t in = 2 * PAGE, out = 1;
  MUST(copy_file_range(fd, &in, fd, &out, 4, 0));
  check("copy_file_range", value);
  value++;
  MUST(pwrite(fd, &value, 4, 2 * PAGE));
  MUST(lseek(fd, 1, SEEK_SET));
  in = 2 * PAGE;
  MUST(sendfile(fd, fd, &in, 4));
  check("sendfile", value);
  value++;
  MUST(write(pipes[1], &value, 4));
  out = 1;
  MUST(splice(pipes[0], NULL, fd, &out, 4, 0));
  check("splice", value);
  /* zeros where the constant is, in several ways; the instruction stays */
  MUST(ftruncate(fd, 3));
  MUST(ftruncate(fd, 4 * PAGE));
  MUST(pwrite(fd, "\xc3", 1, 5));
  check("cut off and made longer", value & 0xffff);
  value = 0x01020304;
  MUST(pwrite(fd, &value, 4, 1));
  check("pwrite", value);
  MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3));
  check("a hole", 4);
  MUST(pwrite(fd, &value, 4, 1));
  check("pwrite", value);
  MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 2));
  check("a smaller hole", 0x01000004);
  MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE));
  put(bytes, 7);
  MUST(pwrite(fd, bytes, 6, 0));
  check("a new page", 7);
  unsigned char *writable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  for (int i = 0; i < 50; i++) {
    put(writable, i);
    if (run() != i) printf("%d is wrong\n", i);
    msync(writable, PAGE, MS_SYNC);
  }
  MUST(munmap(writable, PAGE));
  MUST(munmap(code, PAGE));
}

int main(void) {
  MUST(pipe(pipes));
  MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
  fd = (int)MUST(memfd_create("code", 0));
  MUST(ftruncate(fd, 4 * PAGE));
  /* so that the constant is aligned */
  code = (unsigned char *)mmap(NULL, PAGE, rwx, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + 67;
  into_memory();
  code = (unsigned char *)mmap(NULL, PAGE, rwx, MAP_SHARED | MAP_ANONYMOUS, -1, 0) + 67;
  into_memory();
  into_file(MAP_SHARED);
  into_file(MAP_PRIVATE); /* a page that was not written to is the file's */
  close(fd);
  char name[] = "code-XXXXXX";
  fd = (int)MUST(mkstemp(name));
  MUST(unlink(name));
  MUST(ftruncate(fd, 4 * PAGE));
  into_file(MAP_SHARED);
}
