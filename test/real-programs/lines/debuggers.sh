# Programs that look into others: gdb, strace, ltrace, valgrind.

#: gdb breakpoints, steps, values, watchpoints | quick needs=gdb,gcc seconds=300
cat > a.c <<'END'
#include <stdio.h>
struct point { int x, y; const char *name; double d[3]; };
static int count;
int square(int n) {
  int r = n * n;
  count++;
  return r;
}
int sum(struct point *p, int n) {
  int total = 0;
  for (int i = 0; i < n; i++)
    total += square(p->x + i) + p->y;
  return total;
}
int main(int argc, char **argv) {
  struct point p = { 3, 4, "name", { 1.5, -2, 1e100 } };
  int t = sum(&p, 4);
  printf("%d %d\n", t, count);
  *(volatile int *)0 = t;
  return 0;
}
END
gcc -g -O0 a.c -o a; cat > cmds <<'END'
set style enabled off
set debuginfod enabled off
break square
run
backtrace
info args
finish
next
step
print *p
print p->d[2] * 2
print/x p->x
ptype p
up
info locals
delete
watch count
continue
continue
delete
tbreak 18
continue
print t
print $rip
info registers rax rip
x/3i $pc
set var t = 1000
continue
print $_siginfo.si_signo
print $_siginfo._sifields._sigfault.si_addr
backtrace
info threads
call square(11)
info sharedlibrary
kill
END
gdb -nx -batch -x cmds ./a 2>&1
#: replace /0x[0-9a-f]{6,}/ ADDRESS
#: replace /(process|LWP|Thread) [0-9a-fx]+/ $1 N
#: replace / {2,}(Frame|ADDRESS|\d{6,})/ $1

#: gdb threads, fork and catchpoints | needs=gdb,gcc seconds=300
cat > a.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void *work(void *arg) { long n = (long)arg; return (void *)(n * 2); }
int main() { pthread_t t; void *r; pthread_create(&t, 0, work, (void *)21L); pthread_join(t, &r); printf("%ld\n", (long)r); fflush(stdout); pid_t p = fork(); if (p == 0) _exit(3); int s; waitpid(p, &s, 0); return WEXITSTATUS(s); }
END
gcc -g -pthread a.c -o a; gdb -nx -batch -ex 'set debuginfod enabled off' -ex 'break work' -ex run -ex 'info threads' -ex 'print n' -ex bt -ex 'catch fork' -ex 'catch syscall exit_group' -ex continue -ex continue -ex 'thread apply all bt 1' -ex 'stepi 3' -ex 'kill' ./a 2>&1; (sleep 60 & echo $! > pid; wait) & sleep 0.3; gdb -nx -batch -ex 'set debuginfod enabled off' -p $(cat pid) -ex 'print $_siginfo' -ex detach 2>&1 | tail -n 1; kill $(cat pid); wait; rm pid
#: replace /0x[0-9a-f]+/ ADDRESS
#: replace /(process|LWP|Thread) [0-9a-fx]+/ $1 N
#: replace / {2,}(Frame|ADDRESS)/ $1
#: replace /"a" (clone3|__futex).*/ "a" is somewhere
#: replace /^(42|\[Thread .* exited\])$\n/ 

#: gdb and a core file | needs=gdb,gcc seconds=300
printf 'int f(int *p) { return *p; }\nint main(void) { return f((int *)16); }\n' > a.c; gcc -g a.c -o a; gdb -nx -batch -ex 'set debuginfod enabled off' -ex run -ex 'gcore c' ./a > /dev/null 2>&1; gdb -nx -batch -ex 'set debuginfod enabled off' -ex bt -ex 'print p' -ex 'print $rip == $pc' ./a c 2>&1 | grep -E '^(#|\$|Program)'; rm -f c
#: replace /0x[0-9a-f]{6,}/ ADDRESS

#: strace | quick needs=strace seconds=300
strace -e trace=openat,read,write,close -o log cat table.csv; sed -n '/table.csv/,$p' log; strace -ff -e trace=%process -o log sh -c 'echo a | cat; exit 4'; echo $?; cat log.* | sed -E 's/0x[0-9a-f]+/P/g; s/[0-9]{3,}/N/g' | grep -E '^(execve\(.*= 0|exit_group|\+\+\+)' | sort; strace -c -o log true; grep -c execve log; strace -e trace=none -e signal=all -o log sh -c 'kill -USR1 $$'; echo $?; sed -E 's/[0-9]{2,}/N/g' log; strace -y -e trace=read -o log head -c 3 poem.txt; grep -c poem.txt log; strace -e inject=getpid:retval=7 -e trace=getpid -o log bash -c 'echo $$'; strace -qq -e trace=nanosleep,clock_nanosleep -o log sleep 0.01; sed 's/0x[0-9a-f]*/P/g' log; strace -e fault=openat:error=EMFILE:when=3 -o /dev/null cat table.csv; echo $?; strace -k -o log true > /dev/null 2>&1; echo $?; rm -f log*

#: valgrind | needs=valgrind,gcc seconds=300
printf '#include <stdlib.h>\n#include <stdio.h>\nint main() { char *p = malloc(10); p[10] = 1; int x; if (x) puts("x"); free(malloc(5)); return 0; }\n' > a.c; gcc -g -O0 -w a.c -o a; valgrind -q --leak-check=full --error-exitcode=9 ./a 2>&1 | sed -E 's/==[0-9]+==/==/; s/0x[0-9A-F]+/P/g'; echo $?

#: sanitizers: addresses | needs=gcc seconds=120
cat > a.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int deep(int n) { char b[64]; memset(b, n, sizeof b); return n == 0 ? b[0] : deep(n - 1) + b[n % 64]; }
int main(int count, char **words) {
  char *heap = malloc(100), stack[10] = "stack";
  switch (atoi(words[1])) {
    case 0: printf("%d\n", deep(50)); break;
    case 1: heap[100 + count] = 1; break;
    case 2: stack[8 + count] = 1; break;
    case 3: free(heap); return heap[count];
    case 4: free(heap); free(heap); break;
    case 5: heap = NULL; return 0;
    case 6: return *(volatile int *)(long)(count * 8);
  }
  free(heap);
  printf("%s\n", stack);
}
END
gcc -g -O1 -fno-omit-frame-pointer -fsanitize=address a.c -o a; for i in 0 1 2 3 4 5 6; do ./a $i 2>&1 | sed -E 's/==[0-9]+==/==/; s/0x[0-9a-f]+/P/g; s/\(BuildId.*//' | grep -vE '^(==Hint|  P:|=>P:)'; echo "$i ${PIPESTATUS[0]}"; done; rm -f a a.c

#: sanitizers: threads and undefined behaviour | needs=gcc seconds=200
cat > a.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
static int shared, guarded;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *run(void *race) {
  for (int i = 0; i < 100; i++) {
    pthread_mutex_lock(&mutex);
    guarded++;
    pthread_mutex_unlock(&mutex);
  }
  if (race) shared++;
  return NULL;
}
int main(int count, char **words) {
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, run, count > 1 ? words : NULL);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  int shift = 30 + count, array[3] = {1, 2, 3};
  printf("%d %d\n", guarded, 1 << (shift & 31));
  printf("%d\n", 2147483640 + atoi("7") + count);
  return array[(count + 2) % 3];
}
END
gcc -g -O1 -fsanitize=thread a.c -o a; ./a; echo $?; ./a race 2>&1 | grep -oE 'WARNING.*race|SUMMARY.*data race'; gcc -g -fsanitize=undefined a.c -o a; ./a 2>&1; echo $?; ./a race 2>&1; echo $?; rm -f a a.c

#: valgrind helgrind and callgrind | needs=valgrind,gcc seconds=400
printf '#include <pthread.h>\n#include <stdio.h>\nint x;\nvoid *f(void *p) { x++; return p; }\nint main() { pthread_t t; pthread_create(&t, 0, f, 0); x++; pthread_join(t, 0); printf("%%d\\n", x); }\n' > a.c; gcc -g -O0 a.c -o a; valgrind -q --tool=helgrind ./a 2>&1 | sed -E 's/==[0-9]+==/==/; s/0x[0-9A-F]+/P/g' | grep -E 'race|at P: (main|f) '; valgrind -q --tool=callgrind --callgrind-out-file=out ./a 2>&1 | grep -v ==; grep -oE '\) (main|f)$' out | sort -u; rm -f a a.c out
