// The first line of a script names its interpreter, with at most one argument, five deep: execve(2) «Interpreter scripts».
#include "check.h"

static void script(const char *name, const char *text, int mode) {
  write_file(name, text);
  chmod(name, mode);
}

static void run(const char *name) {
  pid_t child = fork();
  if (child == 0) {
    execl(name, "zero", "one", "two words", NULL);
    printf("%s: %s\n", name, strerrorname_np(errno));
    _exit(1);
  }
  show_end(name, child);
}

int main(int argc, char **argv) {
  char text[4200], cwd[3000];
  if (argc > 1 && strcmp(argv[1], "zero") != 0) {
    printf("%d arguments\n", argc);
    for (int i = 1; i < argc; i++) printf("  [%s]\n", argv[i]);
    return 0;
  }
  getcwd(cwd, sizeof cwd);
  symlink("/proc/self/exe", "self");
  char self[4096] = {0};
  readlink("/proc/self/exe", self, sizeof self - 1);
  snprintf(text, sizeof text, "#!%s  an argument with   spaces  \nrest", self);
  script("./one", text, 0755);
  run("./one");
  snprintf(text, sizeof text, "#! \t%s\n", self);
  script("./two", text, 0755);
  run("./two");
  script("./nested", "#!./one inner\n", 0755);
  run("./nested");
  script("./no-end", "#!/bin/echo", 0755);
  run("./no-end");
  script("./empty", "#!\n", 0755);
  run("./empty");
  script("./absent", "#!/no/such/interpreter\n", 0755);
  run("./absent");
  script("./not-executable", "#!/bin/true\n", 0644);
  run("./not-executable");
  script("./itself", "#!./itself\n", 0755);
  run("./itself");
  script("./directory", "#!/\n", 0755);
  run("./directory");
  script("./plain", "no magic\n", 0755);
  run("./plain");
  memset(text, 'x', sizeof text);
  memcpy(text, "#!/", 3);
  text[400] = 0;
  script("./long", text, 0755);
  run("./long");
}
