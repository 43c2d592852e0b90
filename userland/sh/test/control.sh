# Lists, loops, functions, exit statuses.
if true; then echo t; else echo f; fi; if false; then echo t; elif true; then echo e; fi
if false; then :; fi; echo $?
i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; echo "end $i $?"
until [ $i -le 0 ]; do i=$((i-1)); done; echo $i
for a in 1 2; do for b in x y z; do [ $b = y ] && continue 2; echo $a$b; done; done
for a in 1 2; do for b in x y; do break 2; done; done; echo $a$b
while :; do break 5; done; echo out
for i in 1 2; do (break; echo x); done
for x in; do echo never; done; echo $?
case foo in f*|g) echo 1;; foo) echo 2;; esac
case x in (y) ;; (x) echo paren;; esac; case x in y) echo;; esac; echo $?
case 'a b' in a\ b) echo space;; esac; case - in [a-c]) echo no;; [-x]) echo dash;; esac
f() { echo "in $*"; return 3; echo not; }; f a b; echo $?
g() { local x=1 y; x=2; y=3; echo $x $y; }; x=out; y=out; g; echo $x $y
h() { for i in 1 2 3; do [ $i = 2 ] && return $i; done; }; h; echo $?
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(( $1 * $(fact $(($1-1))) )); fi; }; fact 10
k() { (return 5; echo no); echo $?; }; k
true && false || echo or; false && echo no; echo $?; false || true && echo both
! true; echo $?; ! false; echo $?; ! true | false; echo $?
true | false; echo $?; false | true; echo $?
{ echo a; echo b; } | { read x; echo "got $x"; }
(exit 5); echo $?; { (exit 6); }; echo $?
x=1; (x=2; echo $x); echo $x; { x=3; }; echo $x
x=1 f; echo $x; x=5 true; echo $x; x=6 :; echo $x
l() { echo $# "$1"; set -- new; echo $1; }; set -- old older; l arg; echo $1
m() { m2() { echo nested; }; m2; }; m; m2
n() { echo stdout; echo stderr >&2; } 2>&1; n | sort
eval 'echo eval $((1+1))'; eval echo '"a  b"'; eval; echo $?
eval 'false'; echo $?; eval "for i in 1 2; do echo e\$i; done"
command echo cmd; command -v echo; type cd; command -v nosuch; echo $?
unset -f f; f 2>/dev/null; echo $?
set -- a b c; while [ $# -gt 0 ]; do echo $1; shift; done; shift 2>/dev/null
echo unreached because shift failed
