# dash, bash and zsh at work.

#: dash language | quick shell=dash
f() { local a=$1; [ "$a" -le 1 ] && { echo 1; return; }; echo $((a * $(f $((a - 1))))); }
f 10
for w in one "two words" 'three'; do printf '<%s>' "$w"; done; echo
case abc.tar.gz in *.zip) echo zip;; *.tar.*) echo tar;; esac
s=path/to/file.txt; echo ${s##*/} ${s%/*} ${s%.txt}.md ${#s} ${none:-default} ${s:+set} ${none=assigned} $none
trap 'echo bye' EXIT; trap 'echo usr1' USR1; kill -USR1 $$
(exit 3); echo $?; ! true; echo $?
cat <<END | while read -r a b; do echo "$b-$a $((1 + 1))"; done
one two
three   four five
END
cat <<'END'
$no `expansion` here
END
set -- a b c; shift; echo $# "$@" "$*"
while getopts ab:c o -a -b val -c; do echo $o $OPTARG; done
IFS=:; set -- $(echo a:b::c); echo $#; unset IFS
i=0; until [ $i -ge 5 ]; do i=$((i + 1)); [ $i = 3 ] && continue; echo $i; done
exec 3> out; echo three >&3; exec 3>&-; cat out; exec 4< out; read x <&4; echo $x
sleep 0.1 & sleep 0.05 & wait; echo waited; sh -c 'kill -9 $$'; echo $?
ulimit -n 100; ulimit -n; umask 077; umask; : > private; ls -l private | cut -c1-10
eval 'echo evaluated; x=$((3*7))'; echo $x; . ./nothing 2> /dev/null; echo not reached
#: replace /^dash: \d+: / dash: 

#: dash signals and traps | shell=dash
trap 'echo int' INT; trap 'echo term; exit 5' TERM; trap '' HUP; trap
kill -INT $$; kill -HUP $$; echo still here
(trap 'echo sub' EXIT; exit 2); echo $?
sh -c 'trap "echo child got it; exit 7" TERM; echo ready; while :; do sleep 0.01; done' & p=$!
sleep 0.3; kill $p; wait $p; echo $?
set -e; trap 'echo exit $?' EXIT; (false || true); kill -TERM $$; echo not reached

#: dash ten thousand turns | shell=dash
i=0; s=0; while [ $i -lt 10000 ]; do s=$((s + i * i % 7)); i=$((i + 1)); case $i in *000) echo $i $s;; esac; done
#: dash 200 processes | shell=dash
i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i + 1)); done; for j in 1 2 3 4 5 6 7 8 9 10; do x=$(echo $j | cat | tr 0-9 a-j); echo $x; done

#: bash expansions | quick
s=path/to/Some.File.tar.gz
echo ${s##*/} ${s#*/} ${s%%.*} ${s%.*} ${s/Some/Any} ${s//e/E} ${s/#path/root} ${s/%gz/xz} ${s:5} ${s:5:2} ${s: -6} ${s: -6:3} ${s^} ${s^^} ${s,,} ${s~~} ${#s} ${s@Q} ${s@U}
a=(one two "three four" [7]=seven); echo ${#a[@]} ${!a[@]} "${a[@]:1:2}" "${a[-1]}" "${a[*]/o/0}"; a+=(x y); unset 'a[0]'; declare -p a
declare -A m=([k1]=v1 [k2]=v2 ["k 3"]="v 3"); for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done | sort; echo ${#m[@]} ${m[none]-unset}; unset 'm[k1]'; [[ -v m[k2] ]] && echo has
echo {1..5} {a..e} {01..10..3} {x,y}{1,2} pre{A,B}post {5..1..2}
x=5; ref=x; echo ${!ref}; declare -n nr=x; nr=6; echo $x; printf -v v '%03d' 7; echo $v; declare -i n=3+4; echo $n; readonly r=1; (r=2) 2> /dev/null; echo $?
echo $((2**40)) $((16#ff)) $((x++ + ++x)) $((x > 3 && x < 10 ? 1 : 0)) $((1,2,3)); ((x -= 2)); echo $x; let y=x*3; echo $y
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo ${BASH_REMATCH[1]} ${BASH_REMATCH[2]}; [[ foo == f* && ! bar < aaa ]] && echo yes
shopt -s extglob nullglob globstar
touch a1 b2 c3.x; mkdir -p d/e; touch d/e/f.x; echo !(poem*|table*|numbers*) ?(a)1 @(a1|b2) **/*.x *.none +([a-z])[0-9]
echo ~root ~+ | sed 's/ .*//'; echo "${PWD##*/}"; echo $'a\tb\u00e9\x41' $"text"; IFS=,; read -ra parts <<< "p,q,,r"; echo ${#parts[@]} "${parts[*]}"
set -- 1 2 3 4; echo "${@:2:2}" "${*: -1}" $# "${@@Q}"; printf '%s|%q|%(%Y)T|%-5d|%+.2f|%b\n' "a b" 'c d$' 0 42 2.5 'x\ny'
mapfile -t lines < table.csv; echo ${#lines[@]} "${lines[2]}"; printf '%s\n' "${lines[@]: -2}"

#: bash control | quick
fact() { (( $1 <= 1 )) && echo 1 || echo $(( $1 * $(fact $(( $1 - 1 ))) )); }; fact 12
for ((i = 0, j = 10; i < j; i += 3, j--)); do echo $i $j; done
select w in one two three; do echo "chose $w ($REPLY)"; break; done <<< 2
case foobar in foo*) echo 1;;& *bar) echo 2;& nothing) echo 3;; *) echo 4;; esac
while read -r -d, f; do echo "<$f>"; done <<< "a,b c,d,"; read -t 0.1 z < <(sleep 1); echo $?; read -n 3 z <<< abcdef; echo $z
{ echo out; echo err >&2; } 2>&1 | sort; { echo a; echo b; } > f; cat < f >> g; cat g; echo x >| f; cat f; exec 5<> f; read l <&5; echo "$l"; exec 5>&-; cat <<- 'END'
	tab $stripped
	END
coproc C { while read l; do echo "co:$l"; done; }; echo hi >&${C[1]}; read r <&${C[0]}; echo $r; eval "exec ${C[1]}>&-"; wait $C_PID; echo $?
diff <(sort table.csv) <(sort -r table.csv | sort) && echo same; tee >(wc -l > lines) < table.csv > /dev/null; sleep 0.3; cat lines
f() { local -a l=("$@"); local IFS=-; echo "${l[*]}"; return 42; }; f a b c; echo $?; f2() ( cd /; pwd; ); f2; declare -f f; type f2 | head -n 1; unset -f f; f 2> /dev/null; echo $?
set -o pipefail; false | true; echo $? ${PIPESTATUS[@]}; set +o pipefail; true | false | true; echo $? ${PIPESTATUS[@]}; set -u; (echo $undefined) 2> /dev/null; echo $?; set +u
getopts_test() { local OPTIND o; while getopts ':ab:c' o; do case $o in b) echo b=$OPTARG;; :) echo missing $OPTARG;; \?) echo bad $OPTARG;; *) echo $o;; esac; done; shift $((OPTIND - 1)); echo rest "$@"; }; getopts_test -a -b x -z -c r1 r2; getopts_test -b
time_out=$( { time true; } 2>&1 | grep -c real ); echo $time_out; echo $BASH_SUBSHELL $(echo $BASH_SUBSHELL) ${FUNCNAME[0]-main} $LINENO; caller; [ $RANDOM -ne $RANDOM ] && echo random; eval "x=1; $(echo y=2)"; echo $x $y
printf '%s\n' "${BASH_VERSINFO[0]}" "$0" "${-//[^e]/}"; hash -r; command echo c; builtin echo b; enable -n echo; type -t echo; enable echo; type -t if echo ls f2

#: bash job control and signals
set -m; sleep 5 & sleep 6 & jobs; kill %1; wait %1; echo $?; kill -STOP %2; sleep 0.2; jobs; bg %2 > /dev/null; jobs; kill %2; wait %2; echo $?; set +m
trap 'echo usr1' USR1; trap 'echo chld' CHLD; kill -USR1 $$; trap - CHLD; (sleep 0.1; kill -USR1 $$) & wait $!; echo $?; wait; echo $?
trap 'echo err at $LINENO' ERR; false; trap - ERR; trap 'echo debug' DEBUG; true; trap - DEBUG; trap 'echo return' RETURN; f() { :; }; f; trap - RETURN; trap -p; trap -l | head -n 3
(trap 'echo exit' EXIT; exit 9); echo $?; bash -c 'kill -SEGV $$'; echo $?; bash -c 'ulimit -t 1; while :; do :; done'; echo $?; bash -c 'ulimit -f 1; head -c 5000 /dev/zero > big'; echo $?; bash -c 'trap "" PIPE; sleep 0.3; echo x' | true; yes | head -n 1; echo ${PIPESTATUS[0]}
wait -n < /dev/null; (exit 3) & (exit 3) & wait -n; echo $?; wait; disown -a; suspend 2> /dev/null; echo $?; timeout 1 bash -c 'sleep 10'; echo $?; { sleep 0.1; echo late; } & echo early; wait; kill -l 9 HUP; ulimit -c 0; ulimit -a | grep -c .; nohup bash -c 'echo no hup' 2> /dev/null; setsid bash -c 'echo $$' | grep -c .; exec bash -c 'echo replaced $0' name
#: replace /core dumped/ core
#: replace /bash: line 3: +PID/ PID
#: replace / \(core\)/ 

#: bash sieve and strings | seconds=60
for ((n = 2; n < 1500; n++)); do [[ ${c[n]} ]] && continue; p+=($n); for ((k = n * n; k < 1500; k += n)); do c[k]=1; done; done; echo ${#p[@]} ${p[-1]}
s=; for ((i = 0; i < 2000; i++)); do s+=$((i % 10)); done; echo ${#s} $(md5sum <<< $s); t=${s//[13579]/}; echo ${#t}; declare -A w; while read -ra ws; do for x in "${ws[@]}"; do ((w[${x//[^a-z]/}x]++)); done; done < poem.txt; for k in "${!w[@]}"; do echo "${w[$k]} $k"; done | sort -rn | head -n 5
fib() { (($1 < 2)) && { R=$1; return; }; local a; fib $(($1 - 1)); a=$R; fib $(($1 - 2)); R=$((a + R)); }; fib 15; echo $R; hanoi() { (($1 == 0)) && return; hanoi $(($1 - 1)) $2 $4 $3; ((moves++)); hanoi $(($1 - 1)) $4 $3 $2; }; hanoi 9 a b c; echo $moves

#: bash big here-documents, pipes of ten programs
for i in {1..3000}; do echo "line $i of a here-document"; done > big; x=$(< big); cat <<< "$x" | md5sum; cat big | tee a | sort -r | uniq | grep -v 7 | sed 's/line/LINE/' | awk '{ print $2, $1 }' | tr a-z A-Z | cut -c1-10 | head -n 1000 | md5sum; wc -c a; (for i in {1..20}; do echo $i; done) | while read i; do (echo $((i * i))); done | paste -sd,; echo $(echo $(echo $(echo $(echo deep))))

#: bash interactive with history | stderr=ignore
printf 'echo one\necho two\nhistory 3 | cut -c6-\n!echo\nfc -l | tail -n 1 | wc -l\nPS1="> "\ncd /\npwd\nexit 3\n' | bash --norc --noprofile -i; echo $?

#: zsh language | quick shell=zsh+-f
a=(one two 'three four'); echo $#a $a[1] $a[-1] ${a[2,3]} ${(j:,:)a} ${(U)a[1]} ${(s: :)a[3]} ${(o)a} ${(O)a} ${a:#t*} ${a[(r)tw*]} ${a[(i)two]}
typeset -A m; m=(k1 v1 k2 v2); echo ${(ok)m} ${(ov)m} ${#m} ${m[k1]} ${(kv)m[(I)k2]}
s=path/to/file.tar.gz; echo ${s:h} ${s:t} ${s:r} ${s:e} ${s##*/} ${(L)s} ${s[1,4]} ${#s} ${s/file/FILE} ${(l:30::.:)s} ${(r:30::-:)s}| cat
for x in {1..3} {a..c}; do print -n "$x "; done; print; repeat 3 print -n r; print; for ((i = 0; i < 3; i++)) print $i
f() { local -i n=$1; ((n < 2)) && { print 1; return }; print $((n * $(f $((n - 1))))) }; f 8; print $((2**0.5)) $((7 / 2)) $((7 / 2.0)) $((16#ff)) $((1 ? 2 : 3))
mkdir -p d/e; touch d/e/x.c d/y.c z.c; print **/*.c; print *(/) ; print *.c(:r); setopt extendedglob; print ^*.txt(.N); print -l *(.oL) | head -2; print (#i)POEM*
case abc in (a*) print first ;| (*c) print second ;& (q) print third ;; esac; [[ abc123 =~ '([a-z]+)([0-9]+)' ]] && print $match[1] $match[2]; [[ -n foo && 3 -gt 2 ]] && print ok
print -r -- ${(q)s} ${(qq):-it\'s} ${(%):-%n} ${(e):-\$((1+2))} ${$(print a b c)[2]}; cat =(print temp) <(print proc); read -A w <<< 'p q r'; print $#w; print -P '%B%b%%'; printf '%5.2f|%s\n' 3.14159 x
TRAPUSR1() { print trapped }; kill -USR1 $$; trap 'print bye' EXIT; { print try; false } always { print always }; autoload -U zmv is-at-least; is-at-least 5.0 && print new; zmodload zsh/mathfunc && print $((sqrt(16) + floor(2.7))); zmodload zsh/stat && zstat -H st poem.txt && print $st[size]; print ${ZSH_VERSION%%.*}; whence -w f print ls if; coproc cat; print -p hello; read -p r; print $r; typeset -p i; sleep 5 & kill $!; wait $!; print $?; print {a,b}{1,2} 'it''s' $'\t|'; vared 2> /dev/null; print $status; setopt | head -n 2; print ${${(f)"$(<table.csv)"}[2]} ${(z):-echo "a b" c} | cat

#: zsh loops and functions | shell=zsh+-f seconds=60
typeset -A seen; integer i n=0; for ((i = 0; i < 3000; i++)); do ((n += i * i % 7)); seen[$((i % 13))]+=x; done; print $n ${(on)${(k)seen}} ${#seen[3]}
fib() { (($1 < 2)) && { REPLY=$1; return }; fib $(($1 - 1)); local a=$REPLY; fib $(($1 - 2)); REPLY=$((a + REPLY)) }; fib 14; print $REPLY; words=(${=$(<poem.txt)}); print $#words ${(u)#words} ${words[(R)the]}; print -l ${(o)words} | head -n 5; w2=(${(M)words:#t*}); print $w2; for f in poem.txt(N) none(N); do print $f; done; print ${(c)#words} ${#${(F)words}}; a=({1..500}); print ${(j:+:)a} | md5sum; print $((${(j:+:)a})); zmodload zsh/datetime; ((EPOCHSECONDS > 1e9)) && print time; for x y in a 1 b 2; do print $x=$y; done; while read -r l; do print -r -- "${l//e/E}"; done < table.csv; zparseopts -D -E a=oa b:=ob -- ; print ok; func() { emulate -L sh; set -- $1; print $# }; func 'a b c'; always() { { return 3 } always { print cleaned } }; always; print $?

#: bash and its builtins over files
for t in -e -f -d -h -p -s -r -w -x -L -O -N; do for f in poem.txt . nothing; do test $t $f; printf '%s' $?; done; done; echo; [ poem.txt -nt numbers.txt ]; [ poem.txt -ef ./poem.txt ]; echo $?; [ 1 -eq 1 -a 2 -gt 1 -o x = y ]; echo $?; pushd / > /dev/null; dirs; popd > /dev/null; cd nothing 2> /dev/null; echo $?; echo * ; echo [np]*; echo *.{txt,csv}; umask 027; > n1; stat -c %a n1; umask -S; ulimit -n 64; bash -c 'ulimit -n; for i in {1..80}; do exec {fd}< poem.txt || break; done; echo $fd' 2> /dev/null; help true | head -n 2; times | grep -c m; printf '%s\n' a b > l; while IFS= read -r x <&3; do echo $x; done 3< l; exec 1> o; echo into; exec 1>&2; cat o; read -r -N 5 x < poem.txt; echo "$x"; compgen -W 'alpha beta' al; compgen -A function; bind -l 2> /dev/null | wc -l > /dev/null; echo $?; shopt -q login_shell; echo $?; bash --version | head -n 1; bash -n poem.txt 2> /dev/null; echo $?; bash -x -c 'a=1; echo $a' 2>&1; set -x; : traced $((1 + 1)); set +x; bash -r -c 'cd /' 2> /dev/null; echo $?; bash -ec 'false; echo no'; echo $?; bash -c 'exit 300'; echo $?; printf 'echo $0 $1\n' > s.sh; bash s.sh arg; source s.sh sarg; chmod +x s.sh; ./s.sh direct; printf '#!/bin/bash -e\nfalse\necho no\n' > e.sh; chmod +x e.sh; ./e.sh; echo $?; printf '#!/nonexistent\n' > bad; chmod +x bad; ./bad; echo $?; ./poem.txt; echo $?; ./nothing; echo $?
