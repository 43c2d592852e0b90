# Built-ins and their messages.
cd /tmp; pwd; cd /; cd tmp; pwd; cd ..; pwd; cd - ; echo $OLDPWD $PWD; cd /nonexistent; echo $?
cd /tmp/../usr/./bin/..; pwd; cd -P .; pwd; CDPATH=/usr; cd bin; CDPATH=
cd; pwd; cd ''; echo $?
umask; umask 027; umask; umask -S; umask u=rwx,g=rx,o=; umask; umask 22
export E1=a E2="b c"; sh -c 'echo $E1 $E2'; export -p | grep E2; E1=d; sh -c 'echo $E1'
readonly R=1; (R=2) 2>&1; echo $?; (unset R) 2>&1; echo $?; readonly -p | grep R=
unset E1; echo ${E1-unset}
alias ll='echo alias'; alias ll; alias nope; echo $?; unalias ll; unalias ll; echo $?
alias e1='echo one' e2='e1 two '
e2 e1
unalias -a
set -- -a -b val -c rest; while getopts ab:c o; do echo "$o ${OPTARG:-none} $OPTIND"; done; shift $((OPTIND-1)); echo $*
OPTIND=1; set -- -x; getopts a o; echo $? $o; OPTIND=1; set -- -a; getopts a: o; echo $? $o
OPTIND=1; set -- -x; getopts :a o; echo $? $o $OPTARG; OPTIND=1; set -- -a; getopts :a: o; echo $? $o $OPTARG
OPTIND=1; set -- -abc; while getopts abc o; do echo $o; done; OPTIND=1; set -- -bfoo -- x; getopts b: o; echo $o $OPTARG; getopts b: o; echo $? $OPTIND
echo 'a b c' | { read x y; echo "$x|$y"; }; echo 'a\tb\' | { read x; echo "$x"; }; echo 'a\tb' | { read -r x; echo "$x"; }
printf 'a:b:c\n' | { IFS=: read x y; echo "$x $y"; }; printf 'nonl' | { read x; echo $? $x; }
printf '  lead trail  \n' | { read x; echo "[$x]"; }; printf '  lead trail  \n' | { IFS= read x; echo "[$x]"; }
printf 'a::b:\n' | { IFS=: read x y z; echo "$x|$y|$z"; }; printf 'a:b:\n' | { IFS=: read x y; echo "$x|$y"; }; printf 'a:b:c:\n' | { IFS=: read x y; echo "$x|$y"; }
printf 'l1\nl2\n' | { read a; read b; echo $a $b; cat; }; read x </dev/null; echo $?
test 1 -eq 1; echo $?; [ a = b ]; echo $?; [ -n "" ]; echo $?; [ ! -f /etc ]; echo $?; [ -d /etc -a -r /etc ]; echo $?
[ ]; echo $?; [ x ]; echo $?; [ \( a = a \) ]; echo $?; [ a = a -o b = c ]; echo $?; test -z; echo $?; [ ! ]; echo $?; [ -e /etc ]; echo $?
test a b c; echo $?; [ 1 -eq x ]; echo $?; [ a; echo $?; test 010 -eq 10; echo $?; [ -5 -lt 3 ]; echo $?; [ ' 5 ' -eq 5 ]; echo $?
printf '%d %i %u %o %x %X %c %s %%\n' 10 -5 7 8 255 255 hello str
printf '%5d|%-5d|%05d|%+d|%.3d|%5.1f|%e|%g\n' 42 42 42 42 7 3.14159 12345.678 0.0001
printf '%s %s\n' a b c d e; printf '\101\t|\n' | cat -A; printf '%b|' 'a\tb' 'c\0101\c' x; echo
printf '%10s|%-10s|%.2s|\n' abc abc abc; printf '%d\n' abc; echo $?; printf '%d %d\n' 0x1f 017; printf "%d\n" "'A"; printf '%s\n'
printf '%*d|%-*d|%.*f\n' 5 42 5 42 2 3.14159; printf '%d' 12abc; echo " $?"
echo -n no newline; echo; echo 'a\tb\nc\\d\0101'; echo 'stop\chere'; echo; echo -e x
type ls echo export nosuch if 2>&1 | sed 's/is .*\/ls/is ls/'; hash nosuch; echo $?
times | wc -l; ulimit -n >/dev/null; echo $?; set -o | head -3; set -Z 2>&1; echo notreached
