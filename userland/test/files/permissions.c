// Who may do what with a file by its mode, and what the real user could: access(2), path_resolution(7).
#include "check.h"

static void tries(void) {
  if (setresgid(500, 500, 500) == -1 || setresuid(500, 500, 500) == -1) {
    puts("needs root");
    return;
  }
  SHOW_OK(open("none", O_RDONLY));
  SHOW_OK(open("readable", O_RDONLY));
  SHOW_OK(open("readable", O_WRONLY));
  SHOW_OK(open("group", O_RDONLY));
  SHOW_OK(open("own-none", O_RDONLY)); /* the owner's bits count, not the others' */
  SHOW_OK(open("closed/inside", O_RDONLY));
  SHOW_OK(open("listed/inside", O_RDONLY));
  SHOW_OK(open("listed", O_RDONLY));
  SHOW_OK(open("passed/inside", O_RDONLY));
  SHOW_OK(open("passed", O_RDONLY));
  SHOW_OK(open("passed/new", O_WRONLY | O_CREAT, 0644));
  SHOW(access("readable", R_OK));
  SHOW(access("readable", W_OK));
  SHOW(access("readable", X_OK));
  SHOW(access("absent", F_OK));
  SHOW(access("readable", 8));
  SHOW(chmod("readable", 0666));
  SHOW(chmod("own-none", 0600));
  SHOW(chown("own-none", 0, -1));
  SHOW(unlink("sticky/root"));
  SHOW(unlink("sticky/own"));
  SHOW(rename("sticky/root", "sticky/x"));
  SHOW(mknod("sticky/null", S_IFCHR | 0666, 0x103));
  SHOW_OK(mkfifo("sticky/fifo", 0666));
  SHOW(chroot("/"));
}

int main(void) {
  umask(0);
  chmod(".", 0755);
  close(open("none", O_CREAT | O_WRONLY, 0600));
  close(open("readable", O_CREAT | O_WRONLY, 0644));
  close(open("group", O_CREAT | O_WRONLY, 0640));
  chown("group", 0, 500);
  close(open("own-none", O_CREAT | O_WRONLY, 0077));
  chown("own-none", 500, 500);
  mkdir("closed", 0700);
  mkdir("listed", 0744);
  mkdir("passed", 0711);
  mkdir("sticky", 01777);
  close(open("closed/inside", O_CREAT | O_WRONLY, 0644));
  close(open("listed/inside", O_CREAT | O_WRONLY, 0644));
  close(open("passed/inside", O_CREAT | O_WRONLY, 0644));
  close(open("sticky/root", O_CREAT | O_WRONLY, 0666));
  close(open("sticky/own", O_CREAT | O_WRONLY, 0666));
  chown("sticky/own", 500, 500);
  in_child("user 500", tries);
  if (getuid() == 0) {
    SHOW_OK(open("none", O_RDONLY));
    SHOW(access("readable", X_OK)); /* root needs one x bit as well */
    if (setresuid(500, 0, 0) == 0) {
      SHOW(access("none", R_OK));
      SHOW(faccessat(AT_FDCWD, "none", R_OK, AT_EACCESS));
    }
  } else {
    puts("needs root");
  }
}
