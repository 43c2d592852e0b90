# Parameter expansion, field splitting, arithmetic.
p=/usr/local/lib/foo.tar.gz
echo ${p#*/} ${p##*/} ${p%.*} ${p%%.*} ${#p} ${p#/usr} ${p%nomatch}
echo ${p#"/usr"} ${p%'.gz'} "${p##*[/.]}"
unset u; n=; s=set
echo "${u-a}" "${u:-b}" "${n-c}" "${n:-d}" "${s-e}" "${u+f}" "${n+g}" "${n:+h}" "${s:+i}"
echo "${u=assigned} $u"; echo ${n:=now} $n
(echo ${u2?gone}) 2>&1; echo $?
(echo ${u2:?}) 2>&1; echo $?
set -- one two 'three four'
echo $# "$*" "$@" $1 ${3} ${10-none}
for i in "$@"; do echo "<$i>"; done
for i in $*; do echo "[$i]"; done
for i; do echo "{$i}"; done
IFS=:; echo "$*"; IFS=; echo "$*"; unset IFS; echo "$*"
IFS=' :'; v=' a:b  c::d '; set -- $v; echo $#; for i; do echo "<$i>"; done; unset IFS
IFS=,; v='a,b,,c,'; set -- $v; echo $#; set -- x$v; echo $#; unset IFS
set -- a b c d e f g h i j k l; echo $10 ${10} ${12}; shift 10; echo $*
echo ${#} $# ${#1} ${1#k}
echo $((1 + 2 * 3)) $(( (1+2) * 3 )) $((7/2)) $((-7/2)) $((-7%3)) $((1<<10)) $((0x1f)) $((017))
x=5; echo $((x)) $(($x+1)) $((x+=3)) $x $((x == 8 ? 10 : 20)) $((x > 3 && x < 10)) $((!x)) $((~x))
echo $((9223372036854775807 + 1)) $((1 || (x = 99))) $x
echo $((3 & 5)) $((3 | 5)) $((3 ^ 5)) $((100 >> 2)) $((5 >= 5)) $((5 != 5))
(echo $((1/0))) 2>&1; echo $?
(echo $((1 +))) 2>&1; echo $?
a='x y'; b="$a"; c=$a; echo "$c"
set -- "$@"; echo $#
set --; echo "$@" $# "a$@b"; set -- "" ; echo $# "$@" | cat -A
e='*'; cd /; set -- $e; [ $# -gt 3 ] && echo many; set -f; echo $e; set +f; echo "$e"
echo ${p##*${u3-/}} ${p%%${u3-.}*}
x=$(exit 7); echo $?
echo ${x:-${y:-${z:-deep}}}
star='a*c'; case abc in $star) echo glob;; esac; case abc in "$star") echo no;; *) echo quoted;; esac
echo "a  b" | { read l; echo $l; echo "$l"; }
v=abcabc; echo ${v#*b} ${v##*b} ${v%b*} ${v%%b*} ${v#?} ${v%?} ${v#[a]} ${v#[!a]}
echo "$(echo "a b"   c)" $(echo "a   b")
