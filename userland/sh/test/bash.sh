# Beyond dash: what bash --posix and POSIX 2024 have.
echo $'a\tb\101\x41\'q\u00e9' | cat -A
cat <<<"here $((1+1)) string"
x=4; echo $((x++)) $x $((++x)) $x $((x--)) $((--x)) $((x = 7, x + 1)) $x
v=a/b/c; echo ${v/\//-} ${v//\//-} ${v/x/y} ${v:2} ${v:0:1} ${v: -1}
set -o pipefail; false | true; echo $?; set +o pipefail
(trap 'echo parent' USR1; x=$(trap); echo "$x")
case a in a) echo one;& b) echo two;; c) echo three;; esac
set -- a b c; echo ${@:2} ${*:1:1} ${#@}
echo 12>f12 x; ls f12 2>/dev/null; echo y 11>f11 >&11; cat f11
f() { local a=1 b; echo $a ${b-unset}; }; f
sleep 0.1 & wait -n; echo $?
read -n 3 x <<<abcdef; echo $x; read -d : y <<<one:two; echo $y
echo ${v#*/} ${#v}; echo "${v%%/*}"
x=$(<f11); echo $x
type -t nothing >/dev/null 2>&1; echo a >&2 2>/dev/null
false; echo $(exit 3) $?; until true; do :; done; echo $?
