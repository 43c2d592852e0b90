# Asynchronous lists and wait.
sleep 0.1 & pid=$!; wait $pid; echo $?
(exit 7) & wait $!; echo $?; sh -c 'exit 9' & wait; echo $?
{ sleep 0.6; echo slow; } & { sleep 0.1; echo fast; } & wait
x=1; { x=2; echo $x; } & wait; echo $x
echo in | cat & wait; cat & wait; echo stdin was null
wait 99999; echo $?
for i in 1 2 3; do (exit $i) & eval p$i=$!; done; wait $p2; echo $?; wait $p1 $p3; echo $?
sleep 1 & kill $!; wait $!; echo $?
sh -c 'sleep 0.1; exit 3' | sh -c 'cat; exit 4' & wait $!; echo $?
f() { echo func $1; return 5; }; f x & wait $!; echo $?
a=$(sleep 0.1; echo bg) ; echo $a; b=$( (sleep 0.1; echo late) & echo early); echo $b
true & true & wait; echo $?
yes | head -2; yes | { read x; echo $x; }
seq 1 3 | while read n; do echo $((n * n)); done | sort -rn
echo $(echo a | sed s/a/b/) $(printf '%s\n' c b a | sort | head -1)
( ( ( echo deep ) ) ); (cd /; pwd); pwd | sed 's/.*/here/'
i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done | (while read x; do echo "r$x"; done)
echo end | (cat; echo tail) | cat
set -m 2>/dev/null; sleep 0.1 & wait; echo $?; set +m
(sleep 0.1; echo sub done) & wait; echo $!x | grep -c x
true | (exit 3) | true; echo $?; (exit 3) | (exit 4); echo $?
