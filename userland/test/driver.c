/*
 * Runs the programs named by its arguments, each in a session, a directory and an environment of its own, and writes
 * what each printed and how it ended: the same on the host and in the guest. Between the driver and each program is a
 * keeper, a subreaper that ends whatever processes the program leaves behind.
 *
 *   driver JOBS SECONDS WORK_DIRECTORY PROGRAM…      PROGRAM: path of the executable
 *
 * Output, for each program in the order of their ends: RS, path, newline, `exit N` or `signal NAME` or `timeout`,
 * newline, standard output and error together.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_JOBS 16
#define MOST_OUTPUT 65536

struct job {
  pid_t keeper;
  const char *path;
  int output;
};

static char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "LC_ALL=C", "TZ=UTC0", NULL};

static void limit(int resource, rlim_t soft, rlim_t hard) {
  setrlimit(resource, &(struct rlimit){soft, hard});
}

static void program(const char *path, const char *directory, int output) {
  setsid();
  if (mkdir(directory, 0755) == -1 || chdir(directory) == -1) _exit(98);
  dup2(open("/dev/null", O_RDWR), 0);
  dup2(output, 1);
  dup2(output, 2);
  close_range(3, ~0U, 0);
  umask(022);
  limit(RLIMIT_NOFILE, 1024, 4096);
  limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
  limit(RLIMIT_CORE, 1, 1); /* no core files, nor anything for a handler of them */
  limit(RLIMIT_MEMLOCK, 8 << 20, 8 << 20);
  execle(path, path, NULL, environment);
  perror(path);
  _exit(97);
}

/* Kills the children of this process; false if there are none. */
static int kill_children(void) {
  char name[64], list[4096];
  snprintf(name, sizeof name, "/proc/self/task/%d/children", getpid());
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd == -1) return 0;
  ssize_t length = read(fd, list, sizeof list - 1);
  close(fd);
  if (length <= 0) return 0;
  list[length] = 0;
  for (char *word = strtok(list, " "); word != NULL; word = strtok(NULL, " ")) kill(atoi(word), SIGKILL);
  return 1;
}

static volatile sig_atomic_t is_late;
static void be_late(int number) { is_late = 1; }

static void keeper(const struct job *job, int seconds, const char *directory) {
  int status = 0;
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction action = {.sa_handler = be_late};
  sigaction(SIGALRM, &action, NULL);
  pid_t child = fork();
  if (child == 0) program(job->path, directory, job->output);
  alarm(seconds);
  for (int found; (found = waitpid(-1, &status, 0)) != child;)
    if (found == -1 && is_late) kill(child, SIGKILL);
  alarm(0);
  while (kill_children())
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
  char end[64];
  if (is_late) snprintf(end, sizeof end, "\ntimeout\n");
  else if (WIFSIGNALED(status)) snprintf(end, sizeof end, "\nsignal %s\n", sigabbrev_np(WTERMSIG(status)));
  else snprintf(end, sizeof end, "\nexit %d\n", WEXITSTATUS(status));
  write(job->output, end, strlen(end));
  _exit(0);
}

/* The file has the output, and the last line is how the program ended. */
static void report(const struct job *job) {
  static char text[MOST_OUTPUT];
  ssize_t length = pread(job->output, text, sizeof text - 1, 0);
  if (length <= 0) return;
  text[length - 1] = 0;
  char *end = memrchr(text, '\n', length);
  if (length == sizeof text - 1) end = NULL, strcpy(text, "too much output");
  printf("\x1e%s\n%s\n", job->path, end == NULL ? text : end + 1);
  if (end != NULL) fwrite(text, 1, end - text, stdout);
  fflush(stdout);
  close(job->output);
}

int main(int argc, char **argv) {
  int jobs = atoi(argv[1]), seconds = atoi(argv[2]), next = 4, running = 0;
  struct job job[MOST_JOBS] = {0};
  if (jobs > MOST_JOBS) jobs = MOST_JOBS;
  while (next < argc || running > 0) {
    for (int i = 0; i < jobs && next < argc; i++) {
      if (job[i].keeper != 0) continue;
      char directory[256];
      snprintf(directory, sizeof directory, "%s/%d", argv[3], next);
      job[i] = (struct job){.path = argv[next++]};
      job[i].output = open(argv[3], O_RDWR | O_TMPFILE | O_APPEND | O_CLOEXEC, 0600);
      if (job[i].output == -1) {
        perror(argv[3]);
        return 1;
      }
      job[i].keeper = fork();
      if (job[i].keeper == 0) keeper(&job[i], seconds, directory);
      running++;
    }
    pid_t ended = wait(NULL);
    for (int i = 0; i < jobs; i++) {
      if (job[i].keeper != ended) continue;
      report(&job[i]);
      job[i].keeper = 0;
      running--;
    }
  }
  return 0;
}
