// A program gets exactly the arguments and environment that it was executed with, empty ones too: execve(2).
#include "check.h"

extern char **environ;

int main(int argc, char **argv) {
  if (getenv("WITHOUT") != NULL) return argc * 10 + (argv[0][0] == 0);
  if (argc > 1 && strcmp(argv[1], "shown") == 0) {
    printf("%d arguments\n", argc);
    for (int i = 0; i < argc; i++) printf("  [%s]\n", argv[i]);
    for (char **e = environ; *e != NULL; e++) printf("  {%s}\n", *e);
    CHECK(argv[argc] == NULL);
    return 0;
  }
  char *arguments[] = {"zero", "shown", "", "with space", "\xff\xfe", NULL};
  char *environment[] = {"A=1", "A=2", "no equals sign", "", "EMPTY=", NULL};
  pid_t child = fork();
  if (child == 0) {
    execve("/proc/self/exe", arguments, environment);
    _exit(1);
  }
  show_end("child", child);
  /* without any argument there is an empty one, as it has been since 5.18 */
  child = fork();
  if (child == 0) {
    char *none[] = {NULL}, *mark[] = {"WITHOUT=1", NULL};
    execve("/proc/self/exe", none, mark);
    _exit(9);
  }
  show_end("without arguments", child);
}
