// A set-user-ID program runs as its owner, unless it was forbidden before: execve(2), prctl(2) PR_SET_NO_NEW_PRIVS.
#include "check.h"
#include <sys/auxv.h>

static void copy_self(const char *to) {
  char bytes[65536];
  int in = MUST(open("/proc/self/exe", O_RDONLY)), out = MUST(open(to, O_WRONLY | O_CREAT, 0755));
  for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;) write(out, bytes, n);
  close(in);
  close(out);
}

static void run(const char *what, int no_new_privileges) {
  pid_t child = fork();
  if (child == 0) {
    if (no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setresgid(600, 600, 600);
    setresuid(500, 500, 500);
    printf("%s: ", what);
    fflush(stdout);
    execl("./copy", "copy", "x", NULL);
    perror("exec");
  }
  waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    uid_t r, e, s;
    gid_t rg, eg, sg;
    getresuid(&r, &e, &s);
    getresgid(&rg, &eg, &sg);
    printf("uid %d %d %d, gid %d %d %d, secure %ld, dumpable %d\n", r, e, s, rg, eg, sg, getauxval(AT_SECURE),
           prctl(PR_GET_DUMPABLE) == 1);
    return 0;
  }
  if (getuid() != 0) {
    puts("needs root");
    return 0;
  }
  copy_self("copy");
  chmod(".", 0755);
  run("plain", 0);
  chown("copy", 700, 800);
  chmod("copy", 04755);
  run("set-user-ID", 0);
  run("set-user-ID, no new privileges", 1);
  chmod("copy", 02755);
  run("set-group-ID", 0);
  chmod("copy", 02745);
  run("set-group-ID without x", 0);
  chown("copy", 0, 0);
  chmod("copy", 06755);
  run("both, root", 0);
}
