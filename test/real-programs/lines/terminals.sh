# Programs on a terminal. tmux is the terminal on both sides: it draws what they write, and gives the screen.

#: vim edits | quick needs=tmux,vim seconds=60
t="tmux -S sock -f /dev/null"; $t new-session -d -x 80 -y 24 'vim -u NONE -i NONE -n poem.txt; echo ended > done; sleep 9'
wait_for() { for i in {1..200}; do $t capture-pane -p | grep -q -- "$1" && return; sleep 0.05; done; echo "never saw $1"; $t capture-pane -p; }
wait_for 'The kernel'; $t capture-pane -p
$t send-keys dw 2dd p :1 Enter i 'Typed text' Escape; wait_for 'Typed text'; $t send-keys ':%s/e/E/g' Enter; wait_for substitutions; $t capture-pane -p
$t send-keys u G O 'a new line' Escape yyp ':set number' Enter; wait_for ' 1 '; $t send-keys /zero Enter; sleep 0.3; $t send-keys x ':split' Enter; sleep 0.5; $t capture-pane -p
$t send-keys ':w! saved' Enter; wait_for written; $t send-keys ':qa!' Enter; for i in {1..100}; do [ -f done ] && break; sleep 0.05; done; cat saved done; $t kill-server; rm -f sock

#: vim in batch | needs=vim stderr=ignore
vim -u NONE -i NONE -n -es -c '%s/Oslo/OSLO/g' -c 'g/anna/d' -c '$put =range(1,5)' -c 'normal ggOfirst' -c 'wq' table.csv < /dev/null; cat table.csv
vim -u NONE -i NONE -n -es -c 'let x = map(range(1, 20), "v:val * v:val") | call writefile([string(x), strftime("%Y", 0), toupper("abc"), substitute("aXbX", "X", "-", "g"), printf("%.3f", sqrt(2)), string(sort(["b", "a"]))], "out")' -c 'qa!' < /dev/null; cat out
printf 'func Fib(n)\n return a:n < 2 ? a:n : Fib(a:n - 1) + Fib(a:n - 2)\nendfunc\ncall writefile([Fib(15)], "fib")\nqa!\n' > s.vim; vim -u NONE -i NONE -n -es -S s.vim < /dev/null; cat fib; vim --version | head -n 1; seq 5000 > big; vim -u NONE -i NONE -n -es -c '%!sort -rn' -c '%s/\v(\d)(\d*)/\2\1/' -c 'sort n' -c wq big < /dev/null; md5sum big; rm big

#: less | quick needs=tmux,less seconds=60
seq 1 500 | sed 's/$/ line of a long file/' > long; t="tmux -S sock -f /dev/null"; $t new-session -d -x 60 -y 12 'less long; echo ended > done; sleep 9'
wait_for() { for i in {1..200}; do $t capture-pane -p | grep -q -- "$1" && return; sleep 0.05; done; echo "never saw $1"; $t capture-pane -p; }
wait_for '^11 line'; $t send-keys Space; wait_for '^22 line'; $t capture-pane -p; $t send-keys G; wait_for END; $t capture-pane -p; $t send-keys '?77 ' Enter; wait_for '^477 line'; sleep 0.3; $t capture-pane -p; $t send-keys 100g; wait_for '^110 line'; $t send-keys '/9 line' Enter; wait_for '^109 line'; sleep 0.2; $t send-keys -N; sleep 0.3; $t resize-window -x 40 -y 8; sleep 0.5; $t capture-pane -p; $t send-keys q; for i in {1..100}; do [ -f done ] && break; sleep 0.05; done; cat done; $t kill-server; rm -f sock; less -FX poem.txt; less long | tail -n 1; lessecho a b; rm long

#: bash on a terminal | quick needs=tmux seconds=60
t="tmux -S sock -f /dev/null"; $t new-session -d -x 70 -y 20 'PS1="% " bash --norc --noprofile'; 
wait_for() { for i in {1..200}; do $t capture-pane -p | grep -q -- "$1" && return; sleep 0.05; done; echo "never saw $1"; $t capture-pane -p; }
wait_for '^%'; $t send-keys 'sleep 100' Enter; sleep 0.5; $t send-keys C-z; wait_for Stopped; $t send-keys 'jobs' Enter; sleep 0.3; $t send-keys 'fg' Enter; sleep 0.4; $t send-keys C-c; sleep 0.3; $t send-keys 'echo $?' Enter; wait_for 130; $t send-keys 'ech edited' C-a Right Right Right o Enter; wait_for '^edited'; $t send-keys Up Up Enter; sleep 0.2; $t send-keys 'cat po' Tab; sleep 0.4; $t send-keys BSpace C-u 'stty -a | head -n 1; tty | cut -c1-9' Enter; wait_for dev/pts; $t send-keys 'cat' Enter; sleep 0.4; $t send-keys 'typed' Enter C-d; sleep 0.4; $t send-keys 'read -s x' Enter; sleep 0.2; $t send-keys secret Enter; sleep 0.2; $t send-keys 'echo ${#x}; trap "echo resized" WINCH' Enter; wait_for '^6$'; $t resize-window -x 60 -y 20; sleep 0.3; $t send-keys Enter; wait_for resized; $t capture-pane -p; $t send-keys exit Enter; sleep 0.2; $t list-sessions 2> /dev/null | cut -c1-12; $t kill-server 2> /dev/null; rm -f sock

#: script, stty and a pty | needs=script seconds=60
script -qec 'stty size; stty rows 10 cols 40; stty size; stty -a | head -n 3; tty | cut -c1-9; test -t 0 && echo terminal' /dev/null; printf 'one\ntwo\n' | script -qec 'cat' /dev/null; script -qec 'exit 7' /dev/null; echo $?
(until [ -e ready ]; do sleep 0.05; done; printf 'typed\nabc\n') | script -qec 'stty -echo; touch ready; read x; echo "got $x"; stty echo; stty raw; head -c 3 | od -c; stty -raw' /dev/null; script -qec 'kill -INT $$; echo not' /dev/null; echo $?; script -q -c 'ls -C --color=auto' /dev/null | od -c | head -n 3; script -qec 'setterm --cursor off; tput cols; tput smso; tput cup 3 4; tput sgr0; clear; reset -Q; infocmp -1 | wc -l' /dev/null | od -c | head -n 20

#: top, watch and dialogs draw | needs=tmux,watch seconds=60
t="tmux -S sock -f /dev/null"; $t new-session -d -x 60 -y 8 'watch -t -n 1 "cat table.csv | head -n 3"'; for i in {1..100}; do $t capture-pane -p | grep -q anna && break; sleep 0.05; done; $t capture-pane -p; $t split-window -h 'cat table.csv; read x'; sleep 0.5; $t display-message -p '#{window_panes} #{pane_width}x#{pane_height}'; $t new-window -n two 'sh -c "echo in two; sleep 9"'; sleep 0.3; $t list-windows -F '#{window_index} #{window_name} #{window_panes}'; $t capture-pane -p | head -n 2; $t select-window -t 0; $t kill-pane -t 0.0; sleep 0.3; $t list-panes -F '#{pane_index}'; $t capture-pane -p; $t set-buffer 'pasted text'; $t paste-buffer; $t send-keys Enter; sleep 0.3; $t list-windows -F '#{window_index} #{window_name}'; $t kill-server; rm -f sock

#: busybox vi and less | needs=tmux,busybox seconds=60
t="tmux -S sock -f /dev/null"; $t new-session -d -x 60 -y 12 'busybox vi table.csv; busybox less poem.txt; echo ended > done; sleep 9'
wait_for() { for i in {1..200}; do $t capture-pane -p | grep -q -- "$1" && return; sleep 0.05; done; echo "never saw $1"; $t capture-pane -p; }
wait_for anna; $t send-keys dd jx oinserted Escape; sleep 0.5; $t send-keys /Rome Enter; sleep 0.3; $t capture-pane -p; $t send-keys :wq Enter; wait_for kernel; $t send-keys Space; sleep 0.2; $t capture-pane -p; $t send-keys q; for i in {1..100}; do [ -f done ] && break; sleep 0.05; done; cat done table.csv; $t kill-server; rm -f sock
