// Files about the whole system have the form that programs expect: proc(5).
#include "check.h"
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static char buffer[1 << 20];
static char *text(const char *path) {
  int fd = open(path, O_RDONLY);
  ssize_t n, all = 0;
  while (fd != -1 && (n = read(fd, buffer + all, sizeof buffer - 1 - all)) > 0) all += n;
  buffer[all] = 0;
  close(fd);
  return buffer;
}

int main(void) {
  double up, idle;
  CHECK(sscanf(text("/proc/uptime"), "%lf %lf", &up, &idle) == 2 && up > 0);
  float a, b, c;
  int running, all, last;
  CHECK(sscanf(text("/proc/loadavg"), "%f %f %f %d/%d %d", &a, &b, &c, &running, &all, &last) == 6 && all > 0);
  long total, available;
  CHECK(sscanf(text("/proc/meminfo"), "MemTotal: %ld kB", &total) == 1 && total > 1000);
  CHECK(sscanf(strstr(text("/proc/meminfo"), "MemAvailable:"), "MemAvailable: %ld kB", &available) == 1 && available <= total);
  CHECK(strncmp(text("/proc/stat"), "cpu  ", 5) == 0 && strstr(buffer, "\ncpu0 ") && strstr(buffer, "\nbtime "));
  CHECK(strstr(text("/proc/cpuinfo"), "processor\t: 0") != NULL && strstr(buffer, "flags\t\t: "));
  CHECK(strncmp(text("/proc/version"), "Linux version ", 14) == 0);
  CHECK(strstr(text("/proc/filesystems"), "nodev\ttmpfs\n") != NULL);
  CHECK(strlen(text("/proc/sys/kernel/osrelease")) > 3);
  CHECK(atoi(text("/proc/sys/kernel/pid_max")) >= 301);
  CHECK(strlen(text("/proc/sys/kernel/random/uuid")) == 37);
  CHECK(strlen(text("/proc/sys/kernel/random/boot_id")) == 37);
  CHECK(atoi(text("/proc/sys/fs/pipe-max-size")) >= 65536);
  CHECK(strstr(text("/proc/devices"), "Character devices:") != NULL);
  CHECK(strstr(text("/proc/net/unix"), "RefCount") != NULL);
  CHECK(strstr(text("/proc/net/tcp"), "local_address") != NULL);
  CHECK(strstr(text("/proc/self/smaps"), "Rss:") != NULL);
  struct sysinfo info;
  SHOW(sysinfo(&info));
  CHECK((long)(info.totalram * info.mem_unit / 1024) == total && info.procs > 0 && info.uptime > 0 - 1);
  struct utsname u;
  SHOW(uname(&u));
  printf("%s %s\n", u.sysname, u.machine);
  char host[100];
  SHOW(gethostname(host, sizeof host));
  CHECK(strcmp(host, u.nodename) == 0);
  SHOW(syscall(SYS_sysinfo, 8));
  SHOW(open("/proc/absent", O_RDONLY));
  SHOW(open("/proc/self/new", O_WRONLY | O_CREAT, 0644));
  SHOW(mkdir("/proc/new", 0755));
  SHOW(access("/proc/999999999", F_OK));
  CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_PHYS_PAGES) > 1000);
}
