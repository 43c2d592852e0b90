/*
 * execve(2) of scripts: what may follow #!, what the interpreter is given.
 * gcc: dynamic
 */
#include "check.h"

static void script(const char *name, const char *text) {
  unlink(name);
  write_file(name, text);
  chmod(name, 0755);
}

static void execute(const char *what, const char *path, char **arguments) {
  int report[2], error = 0, status;
  MUST(pipe2(report, O_CLOEXEC));
  pid_t child = (pid_t)MUST(fork());
  if (child == 0) {
    execve(path, arguments, (char *[]){"A=1", NULL});
    error = errno;
    write(report[1], &error, sizeof error);
    _exit(1);
  }
  close(report[1]);
  long got = read(report[0], &error, sizeof error);
  close(report[0]);
  MUST(waitpid(child, &status, 0));
  if (got > 0) printf("%s: %s\n", what, strerrorname_np(error));
  else printf("%s: exit %d\n", what, WEXITSTATUS(status));
}

static void line(const char *text) {
  char what[80];
  int length = snprintf(what, sizeof what, "%.60s", text);
  for (int i = 0; i < length; i++)
    if (what[i] == '\n') what[i] = '$';
  script("script", text);
  execute(what, "./script", (char *[]){"zero", "one", "", NULL});
}

int main(int argc, char **argv) {
  const char *slash = strrchr(argv[0], '/');
  if (strcmp(slash == NULL ? argv[0] : slash + 1, "show") == 0) {
    printf("  %d:", argc);
    for (int i = 0; i < argc; i++) printf(" [%s]", argv[i]);
    printf("\n");
    return 7;
  }
  char self[PATH_MAX];
  long length = MUST(readlink("/proc/self/exe", self, sizeof self - 1));
  self[length] = 0;
  MUST(symlink(self, "show"));

  line("#!./show\n");
  line("#!./show");
  line("#! \t ./show  -a  b c \t\n");
  line("#!./show -x\nrest\n");
  line("#!\n");
  line("#!  \t \n");
  line("#!");
  line("#! \t ");
  line("#! ./show  -a b \t ");
  line("no script\n");
  line("#!/no/such/program\n");
  line("#!/etc/passwd\n");
  line("#!/\n");
  line("#!show\n");
  line("#!./script\n");

  script("one", "#!./show 1\n");
  script("two", "#!./one 2\n");
  script("three", "#!./two 3\n");
  script("four", "#!./three 4\n");
  script("five", "#!./four 5\n");
  script("six", "#!./five 6\n");
  const char *nested[] = {"one", "two", "three", "four", "five", "six"};
  for (int i = 0; i < 6; i++) execute(nested[i], nested[i], (char *[]){"zero", NULL});

  char text[400];
  memset(text, 'x', sizeof text);
  memcpy(text, "#!./show ", 9);
  text[399] = 0;
  script("script", text);
  execute("long argument", "./script", (char *[]){"zero", NULL});
  memcpy(text, "#!./xxxx", 9);
  text[8] = 'x';
  script("script", text);
  execute("long name", "./script", (char *[]){"zero", NULL});

  script("script", "#!./show\n");
  int fd = (int)MUST(open("script", O_WRONLY));
  execute("open for writing", "./script", (char *[]){"zero", NULL});
  close(fd);
  execute("no arguments", "./script", (char *[]){NULL});
  return 0;
}
