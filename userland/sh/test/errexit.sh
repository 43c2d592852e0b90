# -e and its exceptions, -u, -x, pipefail-free.
(set -e; false; echo no); echo $?
(set -e; false || true; echo yes); echo $?
(set -e; if false; then :; fi; echo yes)
(set -e; while false; do :; done; echo yes)
(set -e; ! true; echo yes)
(set -e; false && true; echo yes)
(set -e; true && false; echo no); echo $?
(set -e; f() { false; echo inf; }; f || true; echo yes)
(set -e; f() { false; echo inf; }; f; echo no); echo $?
(set -e; (false); echo no); echo $?
(set -e; x=$(false); echo no); echo $?
(set -e; echo $(false); echo yes)
(set -e; false | true; echo yes)
(set -e; true | false; echo no); echo $?
(set -e; { false; echo no; }; echo no); echo $?
(set -e; for i in 1; do false; done; echo no); echo $?
(set -e; case x in x) false;; esac; echo no); echo $?
(set -e; eval false; echo no); echo $?
(set -e; trap 'echo trap $?' EXIT; false; echo no); echo $?
(set -u; echo $novar; echo no); echo $?
(set -u; echo "${novar-ok}" $# "$@" $*; echo yes)
(set -u; x=1; echo $x; unset x; echo ${x+set}; echo $((x + 1))); echo $?
(set -x; echo a "b c" >/dev/null; x=1 y='2 3' :; for i in a; do :; done) 2>&1
(PS4='>> '; set -x; : x) 2>&1
(set -n; echo no); echo $?
set -a; exported=yes; set +a; sh -c 'echo $exported'
echo $-; set -ef; echo $-; set +ef; echo $-
set -o errexit; echo $-; set +o errexit
(set -e; set +e; false; echo yes)
(set -e; readonly r=1; r=2; echo no) 2>&1; echo $?
(: ${x?}; echo no) 2>/dev/null; echo $?
