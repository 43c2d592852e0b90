/*
 * Arguments and environment of execve(2): limits, bad pointers, and what arrives.
 * gcc: dynamic
 */
#include "check.h"

static void execute(const char *what, const char *path, char **arguments, char **environment) {
  int report[2], error = 0, status;
  MUST(pipe2(report, O_CLOEXEC));
  pid_t child = (pid_t)MUST(fork());
  if (child == 0) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    execve(path, arguments, environment);
    error = errno;
    write(report[1], &error, sizeof error);
    _exit(1);
  }
  close(report[1]);
  long got = read(report[0], &error, sizeof error);
  close(report[0]);
  MUST(waitpid(child, &status, 0));
  if (got > 0) printf("%s: %s\n", what, strerrorname_np(error));
  else if (WIFSIGNALED(status)) printf("%s: SIG%s\n", what, sigabbrev_np(WTERMSIG(status)));
  else printf("%s: exit %d\n", what, WEXITSTATUS(status));
}

extern char **environ;

int main(int argc, char **argv) {
  if (argc == 0 || argv[0][0] != '/') {
    printf("  %d arguments:", argc);
    for (int i = 0; i < argc && i < 4; i++) printf(" [%.10s]", argv[i]);
    int count = 0;
    while (environ[count] != NULL) count++;
    printf(", %d strings of environment\n", count);
    return 3;
  }
  const char *self = "/proc/self/exe";
  char *none[] = {NULL}, *few[] = {"zero", "", "two words", NULL};
  execute("few", self, few, (char *[]){"A=1", "B=", "odd", NULL});
  execute("none", self, none, none);
  execute("null", self, NULL, NULL);
  execute("bad path", (char *)8, few, none);
  execute("bad vector", self, (char **)8, none);
  execute("bad environment", self, few, (char **)8);
  execute("bad string", self, (char *[]){"zero", (char *)8, NULL}, none);
  execute("empty path", "", few, none);
  execute("missing", "/no/such", few, none);
  execute("slash behind a file", "/etc/passwd/", few, none);
  execute("through a file", "/etc/passwd/x", few, none);
  execute("device", "/dev/null", few, none);

  char *longest = malloc(131073);
  memset(longest, 'a', 131072);
  longest[131072] = 0;
  execute("string of 131072", self, (char *[]){"zero", longest, NULL}, none);
  longest[131071] = 0;
  execute("string of 131071", self, (char *[]){"zero", longest, NULL}, none);
  execute("path of 131071", longest, few, none);

  longest[100000] = 0;
  char *many[100];
  for (int i = 0; i < 100; i++) many[i] = longest;
  many[0] = "zero";
  int counts[] = {10, 20, 21, 22, 40, 60, 63, 64, 90};
  for (int i = 0; i < 9; i++) {
    char what[40];
    snprintf(what, sizeof what, "%d times 100000", counts[i]);
    many[counts[i]] = NULL;
    execute(what, self, many, none);
    execute(what, self, few, many);
    many[counts[i]] = longest;
  }
  struct rlimit old;
  getrlimit(RLIMIT_STACK, &old);
  long stacks[] = {1 << 20, 512 << 10, 64 << 10};
  for (int i = 0; i < 3; i++) {
    setrlimit(RLIMIT_STACK, &(struct rlimit){stacks[i], old.rlim_max});
    for (int count = 1; count <= 4; count++) {
      char what[60];
      snprintf(what, sizeof what, "%ld KiB of stack, %d times 100000", stacks[i] >> 10, count);
      many[count + 1] = NULL;
      execute(what, self, many, none);
      many[count + 1] = longest;
    }
  }
  setrlimit(RLIMIT_STACK, &old);
  return 0;
}
