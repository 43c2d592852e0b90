// System calls with buffers, paths, vectors and words at high addresses, good ones and bad ones.
#include "check.h"
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/shm.h>
#include <sys/utsname.h>

static char *const AT = (char *)0x4000000ff000;
static char *const END = (char *)0x7ffffffff000;

static void *sleeper(void *word) {
  SHOW(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 7, NULL, NULL, 0));
  return NULL;
}

int main(void) {
  mmap(AT, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap(END - 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  char *page = AT + 4096;
  strcpy(page - 3, "file name");
  int fd = (int)MUST(open(page - 3, O_RDWR | O_CREAT, 0644));
  strcpy(page - 5, "0123456789");
  SHOW(write(fd, page - 5, 10));
  SHOW(pread(fd, END - 10, 10, 0));
  printf("%.10s\n", END - 10);
  SHOW(pread(fd, END - 5, 10, 0));
  printf("%.5s\n", END - 5);
  struct iovec *vector = (struct iovec *)(page - 24);
  vector[0] = (struct iovec){page + 100, 3};
  vector[1] = (struct iovec){END - 4, 4};
  SHOW(preadv(fd, vector, 2, 2));
  printf("%.3s %.4s\n", page + 100, END - 4);
  vector[1] = (struct iovec){END - 4, 5};
  SHOW(preadv(fd, vector, 2, 2));
  vector[1] = (struct iovec){END, 1};
  SHOW(preadv(fd, vector, 2, 2));
  struct stat *status = (struct stat *)(page - 40);
  SHOW(fstat(fd, status));
  printf("size %ld\n", (long)status->st_size);
  SHOW(fstat(fd, (struct stat *)(END - 100)));
  SHOW(uname((struct utsname *)(page - 300)));
  puts(((struct utsname *)(page - 300))->sysname);
  SHOW(getcwd(END - 4096, 4096) == END - 4096);
  int *pipes = (int *)(page - 4);
  SHOW(pipe(pipes));
  struct pollfd *polled = (struct pollfd *)(page - 8);
  int in = pipes[0], out = pipes[1];
  polled[0] = (struct pollfd){.fd = out, .events = POLLOUT};
  polled[1] = (struct pollfd){.fd = in, .events = POLLIN};
  SHOW(poll(polled, 2, 0));
  SHOW(write(out, AT, 8192));
  SHOW(read(in, AT, 8192));
  SHOW(write(out, END - 4096, 8192));
  SHOW(write(out, END, 1));
  SHOW(write(out, (void *)(1UL << 47), 1));
  SHOW(write(out, (void *)-4096UL, 1));
  SHOW(write(out, (void *)((unsigned long)AT + (1UL << 48)), 1));
  struct epoll_event *event = (struct epoll_event *)(page - 6);
  int epoll = epoll_create1(0);
  *event = (struct epoll_event){.events = EPOLLIN, .data.u64 = (unsigned long)AT};
  SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, in, event));
  memset(event, 0, sizeof *event);
  write(out, "x", 1);
  SHOW(epoll_wait(epoll, event, 1, -1));
  CHECK(event->data.u64 == (unsigned long)AT);

  uint32_t *word = (uint32_t *)(page + 256);
  *word = 7;
  SHOW(syscall(SYS_futex, word, FUTEX_WAIT, 8, NULL, NULL, 0));
  struct timespec soon = {0, 1000000};
  SHOW(syscall(SYS_futex, word, FUTEX_WAIT, 7, &soon, NULL, 0));
  SHOW(syscall(SYS_futex, END, FUTEX_WAIT, 7, &soon, NULL, 0));
  SHOW(syscall(SYS_futex, (char *)word + 1, FUTEX_WAIT, 7, &soon, NULL, 0));
  pthread_t thread;
  pthread_create(&thread, NULL, sleeper, word);
  /* a word whose address agrees in its lower half is another word */
  mmap((char *)((unsigned long)page & 0xffffffff), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  pause_ms(20);
  SHOW(syscall(SYS_futex, (unsigned long)word & 0xffffffff, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0));
  int woken = 0;
  for (int i = 0; i < 100 && woken == 0; i++, pause_ms(10)) woken = (int)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0);
  pthread_join(thread, NULL);
  printf("woken %d\n", woken);

  int segment = shmget(IPC_PRIVATE, 3 * 4096, 0600);
  SHOW_OK(shmat(segment, (void *)0x450000000000, 0));
  strcpy((char *)0x450000000ffc, "segment");
  char *other = shmat(segment, (void *)0x460000000123, SHM_RND);
  CHECK(other == (char *)0x460000000000);
  puts(other + 4092);
  SHOW_OK(shmat(segment, END - 4096, 0));
  SHOW_OK(shmat(segment, (void *)(1UL << 50), 0));
  SHOW(shmdt(other));
  shmctl(segment, IPC_RMID, NULL);

  SHOW(syscall(SYS_rt_sigaction, SIGUSR1, NULL, page - 20, 8));
  SHOW(syscall(SYS_rt_sigaction, SIGUSR1, END - 8, NULL, 8));
  SHOW(nanosleep((struct timespec *)(END - 8), NULL));
  char **arguments = (char **)(page - 8);
  strcpy(page + 512, "the argument");
  strcpy(page + 600, "/proc/self/exe");
  arguments[0] = page + 512;
  arguments[1] = NULL;
  if (strcmp(program_invocation_name, "the argument") == 0) return 0;
  memcpy(END - 3, "abc", 3); /* no end of a string among the times that fstat has left there */
  execv(END - 3, arguments);
  printf("execv: %s\n", strerrorname_np(errno));
  execv(page + 600, (char **)(END - 8));
  printf("execv: %s\n", strerrorname_np(errno));
  puts("again:");
  execv(page + 600, arguments);
  return 1;
}
