# Redirections.
echo one >f; echo two >>f; cat f; cat <f; wc -l <f | tr -d ' '
{ echo out; echo err >&2; } >o 2>e; cat o; cat e
{ echo out; echo err >&2; } >both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 >o3 | cat; cat o3
exec 3>g; echo three >&3; exec 3>&-; cat g; echo x 2>/dev/null >&3; echo $?
exec 4<f; read a <&4; read b <&4; echo $a $b; exec 4<&-
echo a >h; set -C; echo b 2>&1 >h; echo $?; echo c >|h; cat h; set +C
(echo b >h) ; cat h
cat <nofile; echo $?
echo x >/nodir/f; echo $?
: >empty; cat empty; >empty2; ls empty2
exec 5<>rw; echo hello >&5; exec 5>&-; cat rw
while read l; do echo "l:$l"; done <f
for i in 1 2; do echo $i; done >loop; cat loop
if true; then echo iftrue; fi >ifout; cat ifout
f2() { echo func; cat; }; f2 <f >fout; cat fout
echo "a b" >'sp ace'; cat 'sp ace'; cat "sp ace" | cat
cat <<A 3<<B
a body
A
b body
B
cat <<A | tr a-z A-Z
pipe
A
cat 0<<A - <f
ignored
A
echo to-stderr 1>&2 2>/dev/null
echo x 2>&1 1>/dev/null; echo y
(exec >sub; echo insub); cat sub
exec 6>&1; exec >redirected; echo hidden; exec >&6 6>&-; cat redirected
echo a b c | (read x y; echo $y $x)
v=$(cat <<E
in substitution $a
E
); echo "$v"
cat < f > copy; cat copy
ls nofile 2>&1 | cat >/dev/null; echo $?
echo digits 4>f4 3>f3; ls f3 f4
echo no12>fx; cat fx
