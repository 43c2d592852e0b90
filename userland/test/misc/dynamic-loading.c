// Shared libraries are loaded and searched while the program runs: dlopen(3), dlsym(3), dl_iterate_phdr(3).
// gcc: dynamic
#include "check.h"
#include <dlfcn.h>
#include <link.h>

static int count(struct dl_phdr_info *info, size_t size, void *data) {
  (*(int *)data)++;
  return 0;
}

int main(void) {
  void *m = dlopen("libm.so.6", RTLD_NOW);
  double (*square_root)(double) = dlsym(m, "sqrt");
  printf("%g\n", square_root(16));
  CHECK(dlsym(m, "no_such_function") == NULL && dlerror() != NULL);
  CHECK(dlopen("libabsent.so", RTLD_NOW) == NULL);
  int objects = 0;
  dl_iterate_phdr(count, &objects);
  CHECK(objects >= 4);
  Dl_info info;
  CHECK(dladdr((void *)puts, &info) != 0 && strstr(info.dli_fname, "libc") != NULL);
  CHECK(dlsym(RTLD_DEFAULT, "printf") != NULL);
  CHECK(dlclose(m) == 0);
}
