// What happens in a directory is told in order, with names: inotify(7).
#include "check.h"
#include <sys/inotify.h>

static int fd;

static void events(const char *what) {
  char buffer[4096];
  printf("%s:", what);
  ssize_t n = read(fd, buffer, sizeof buffer);
  static unsigned cookie;
  for (ssize_t at = 0; at < n;) {
    struct inotify_event *e = (void *)(buffer + at);
    printf(" [%d %x%s%s%s]", e->wd, e->mask, e->len ? " " : "", e->len ? e->name : "", e->cookie ? e->cookie == cookie ? " same" : " new" : "");
    if (e->cookie) cookie = e->cookie;
    at += sizeof *e + e->len;
  }
  puts(n == -1 ? strerrorname_np(errno) : "");
}

int main(void) {
  fd = inotify_init1(IN_NONBLOCK);
  mkdir("d", 0755);
  mkdir("e", 0755);
  SHOW(inotify_add_watch(fd, "d", IN_ALL_EVENTS));
  SHOW(inotify_add_watch(fd, "absent", IN_ALL_EVENTS));
  events("nothing");
  write_file("d/f", "text");
  events("written");
  int f = open("d/f", O_RDONLY);
  char c;
  read(f, &c, 1);
  close(f);
  events("read");
  chmod("d/f", 0600);
  events("chmod");
  rename("d/f", "d/g");
  events("renamed");
  rename("d/g", "e/g");
  events("moved away");
  rename("e/g", "d/h");
  events("moved here");
  mkdir("d/sub", 0755);
  rmdir("d/sub");
  events("directories");
  truncate("d/h", 1);
  link("d/h", "d/i");
  unlink("d/i");
  events("links");
  int w = inotify_add_watch(fd, "d/h", IN_MODIFY | IN_DELETE_SELF | IN_ATTRIB);
  unlink("d/h");
  events("a watched file is removed");
  printf("%d\n", w);
  SHOW(inotify_rm_watch(fd, w));
  SHOW(inotify_add_watch(fd, "d", IN_CREATE | IN_ONLYDIR));
  write_file("d/new", "");
  events("fewer events");
  SHOW(inotify_rm_watch(fd, 1));
  events("removed");
  SHOW(inotify_add_watch(fd, "d/new", IN_ACCESS | IN_ONLYDIR));
  SHOW(inotify_add_watch(fd, "d/new", 0));
  SHOW(inotify_add_watch(1, "d/new", IN_ACCESS));
  w = inotify_add_watch(fd, "d", IN_DELETE | IN_ONESHOT);
  unlink("d/new");
  events("one shot");
}
