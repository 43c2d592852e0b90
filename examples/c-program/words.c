/* words: how many different words the standard input has. Says so when there is no memory for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word { struct word *next; char text[]; };
#define BUCKETS 4096
static struct word *table[BUCKETS];

int main(void) {
  char line[256];
  long count = 0;
  while (scanf("%255s", line) == 1) {
    unsigned hash = 5381;
    for (char *p = line; *p; p++) hash = hash * 33 + (unsigned char)*p;
    struct word **at = &table[hash % BUCKETS];
    struct word *found = *at;
    while (found && strcmp(found->text, line)) found = found->next;
    if (found) continue;
    struct word *added = malloc(sizeof *added + strlen(line) + 1);
    if (!added) {
      fprintf(stderr, "words: out of memory after %ld words\n", count);
      return 3;
    }
    strcpy(added->text, line);
    added->next = *at;
    *at = added;
    count++;
  }
  printf("%ld\n", count);
  return 0;
}
