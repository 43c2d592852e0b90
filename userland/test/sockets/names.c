// getaddrinfo of numbers and of localhost needs no network; addresses convert both ways: getaddrinfo(3), inet(3).
// gcc: dynamic
#include "check.h"
#include <arpa/inet.h>
#include <netdb.h>

static void resolve(const char *name, const char *service, int flags) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = flags}, *list;
  int error = getaddrinfo(name, service, &hints, &list);
  printf("%s %s: ", name ? name : "-", service);
  if (error != 0) {
    puts(gai_strerror(error));
    return;
  }
  struct sockaddr_in *a = (void *)list->ai_addr;
  printf("%s port %d\n", inet_ntoa(a->sin_addr), ntohs(a->sin_port));
  freeaddrinfo(list);
}

int main(void) {
  resolve("127.0.0.1", "80", 0);
  resolve("localhost", "443", 0);
  resolve(NULL, "22", AI_PASSIVE);
  resolve("300.1.1.1", "1", AI_NUMERICHOST);
  unsigned char six[16];
  char text[50];
  CHECK(inet_pton(AF_INET6, "::1", six) == 1 && six[15] == 1);
  puts(inet_ntop(AF_INET6, six, text, sizeof text));
  CHECK(inet_pton(AF_INET, "1.2.3", six) == 0);
}
