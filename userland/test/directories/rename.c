// Names move, atomically replacing others; cycles and mixtures are refused: rename(2), renameat2(2).
#include "check.h"

int main(void) {
  write_file("a", "a");
  write_file("b", "b");
  mkdir("d", 0755);
  mkdir("d/sub", 0755);
  mkdir("empty", 0755);
  SHOW(rename("a", "b"));
  SHOW(access("a", F_OK));
  SHOW(rename("absent", "x"));
  SHOW(rename("b", "d"));
  SHOW(rename("d", "b"));
  SHOW(rename("d", "d/sub/x"));
  SHOW(rename("empty", "d"));
  SHOW(rename("d", "empty"));
  SHOW(access("empty/sub", F_OK));
  SHOW(rename("b", "b"));
  link("b", "c");
  SHOW(rename("b", "c")); /* the same file: nothing happens */
  SHOW(access("b", F_OK));
  SHOW(rename("b", "new/"));
  SHOW(rename("empty", "new/"));
  SHOW(rename("new/.", "y"));
  SHOW(rename("new/sub/..", "y"));
  SHOW(rename("b/x", "y"));
  SHOW(rename("/", "y"));
  symlink("b", "link");
  SHOW(rename("link", "link2"));
  struct stat s;
  lstat("link2", &s);
  CHECK(S_ISLNK(s.st_mode));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "link2", RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "fresh", RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "fresh", AT_FDCWD, "new", RENAME_EXCHANGE));
  stat("fresh", &s);
  CHECK(S_ISDIR(s.st_mode));
  SHOW(renameat2(AT_FDCWD, "fresh", AT_FDCWD, "absent", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "fresh", AT_FDCWD, "x", 64));
  SHOW(renameat2(AT_FDCWD, "fresh", AT_FDCWD, "x", RENAME_EXCHANGE | RENAME_NOREPLACE));
  SHOW(rename("fresh", "/proc/x"));
}
