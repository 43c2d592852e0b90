// Streams of the C library over files, pipes and memory: stdio(3), popen(3), tmpfile(3).
// gcc: dynamic
#include "check.h"

int main(void) {
  char line[100], *text = NULL;
  size_t size = 0;
  FILE *f = fopen("f", "w+");
  for (int i = 0; i < 2000; i++) fprintf(f, "line %d\n", i);
  rewind(f);
  int n = 0;
  while (fgets(line, sizeof line, f)) n++;
  printf("%d %s", n, line);
  fseek(f, -9, SEEK_END);
  fgets(line, sizeof line, f);
  fputs(line, stdout);
  CHECK(ungetc('x', f) == 'x' && fgetc(f) == 'x');
  fclose(f);
  f = popen("echo from a shell; exit 3", "r");
  fgets(line, sizeof line, f);
  fputs(line, stdout);
  printf("%d\n", WEXITSTATUS(pclose(f)));
  printf("%d\n", WEXITSTATUS(system("exit 7")));
  f = tmpfile();
  fputs("abc", f);
  rewind(f);
  CHECK(fgetc(f) == 'a');
  f = open_memstream(&text, &size);
  fprintf(f, "%05d|%-5s|%+.2f", 42, "ab", 3.14159);
  fclose(f);
  printf("%s %zu\n", text, size);
  f = fmemopen("12 34", 5, "r");
  int a, b;
  printf("%d %d %d\n", fscanf(f, "%d %d", &a, &b), a, b);
  ssize_t m = getdelim(&text, &size, ':', fmemopen("a:b", 3, "r"));
  printf("%zd %s\n", m, text);
}
