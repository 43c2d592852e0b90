# Other programs that people have: package tools, binary tools, text processors, interpreters of small languages.

#: dpkg and apt | needs=dpkg-deb,dpkg-query seconds=150
dpkg-query -W -f '${Package} ${Version}\n' | sort | md5sum; dpkg -L bash | sort | md5sum; dpkg -S /bin/bash; dpkg -s dash | grep -v '^Status'; mkdir -p p/DEBIAN p/usr/share/x; printf 'Package: x\nVersion: 1.0\nArchitecture: all\nMaintainer: n <n@example.com>\nDescription: d\n' > p/DEBIAN/control; echo data > p/usr/share/x/f; SOURCE_DATE_EPOCH=0 dpkg-deb --root-owner-group -b p x.deb; dpkg-deb -I x.deb | grep -v bytes; dpkg-deb -c x.deb | cut -c1-30; dpkg-deb -x x.deb out; find out -type f; dpkg-deb --fsys-tarfile x.deb | tar t; dpkg --compare-versions 1.0~rc1 lt 1.0; echo $?; dpkg --print-architecture; apt-config dump | grep -c APT; apt-cache policy none 2> /dev/null; dpkg-deb -f x.deb Version; dpkg --validate-pkgname _; echo $?; rm x.deb
#: replace /^.*(control|md5sums)\s*$/ 

#: ldd and the dynamic linker
ldd /bin/bash | sed 's/ (0x.*//; s/^\tlinux-vdso.*//'; LD_TRACE_LOADED_OBJECTS=1 /bin/ls | wc -l; LD_BIND_NOW=1 ls -d .; LD_DEBUG=statistics /bin/true 2>&1 | grep -c relocations; LD_PRELOAD=/nonexistent.so /bin/echo preloaded; /lib64/ld-linux-x86-64.so.2 /bin/echo by hand; /lib64/ld-linux-x86-64.so.2 --list-tunables | cut -d: -f1 | md5sum; /lib64/ld-linux-x86-64.so.2 --verify /bin/bash; echo $?; LD_LIBRARY_PATH=/nonexistent ls -d .; LD_SHOW_AUXV=1 /bin/true | cut -d: -f1 | grep -v MINSIG; ldconfig -p 2> /dev/null | tail -n +2 | sort | md5sum; GLIBC_TUNABLES=glibc.malloc.check=3 ls -d .; ldd poem.txt; echo $?; ldd nothing; echo $?

#: binutils | needs=objdump,readelf,nm seconds=120
readelf -hl /bin/true; readelf -d /bin/bash | grep NEEDED; nm -D /bin/ls | md5sum; objdump -d /bin/true | md5sum; objdump -s -j .rodata /bin/true | md5sum; size /bin/true /bin/ls; strings -a /bin/bash | md5sum; objdump -T /bin/cat | md5sum; readelf -a /bin/cat | md5sum; c++filt _ZNSt6vectorIiSaIiEE9push_backEOi; cp /bin/true t; strip t; cmp t /bin/true; objcopy --dump-section .rodata=ro t; md5sum ro; elfedit --output-osabi=Linux t 2> /dev/null; addr2line -e /bin/true 0; printf '.globl _start\n_start: mov $60, %%eax\n mov $42, %%edi\n syscall\n' | as -o s.o -; ld -o s s.o; ./s; echo $?; objdump -d s | tail -n 4; gprof 2> /dev/null; rm t ro

#: iconv and locales
printf 'caf\xc3\xa9 \xe2\x82\xac\n' > u; for e in ISO-8859-15 UTF-16 UTF-16LE UTF-32 UTF-7 CP1252//TRANSLIT ASCII//TRANSLIT; do iconv -f UTF-8 -t $e u | od -An -tx1; done; iconv -t ASCII u; echo $?; iconv -c -t ASCII u; iconv -l | wc -l; printf '\xa4\xa2\xa4\xa4\n' | iconv -f EUC-JP -t UTF-8; printf '\xff\xfe' | iconv -f UTF-8 -t UTF-16; echo $?; locale -a | sort; LC_ALL=C locale -k LC_NUMERIC; locale charmap; LC_ALL=C.UTF-8 printf '%s\n' ä Z a | sort; LC_ALL=C bash -c 'printf "%s\n" é | wc -m'; wc -m u; awk '{ print toupper($0), length($0) }' u; mkdir l; localedef -i en_US -f UTF-8 --no-archive ./l/en 2> /dev/null; ls l; getconf -a | md5sum > /dev/null; getent services http; getent protocols tcp; getent group root; getent hosts 127.0.0.1; getent ahosts nonexistent.invalid; echo $?

#: jq | needs=jq
echo '{"a": [1, 2.5, {"b": null}], "s": "té\u00e9x", "n": 1e3, "big": 12345678901234567890}' > j; jq . j; jq -c '.a[2]' j; jq -r '.s | ascii_downcase, length, @base64, @uri, explode[0]' j; jq '[.a[] | numbers] | add, min, max' j; jq -n '[range(20)] | map(select(. % 3 == 0) | . * .) | {sum: add, list: .}'; jq -S 'to_entries | map(.key)' j; jq -R 'split(",")' table.csv; jq -s 'length' j j; jq --arg x 5 -n '$x | tonumber + 1'; jq -n 'def f(n): if n < 2 then n else f(n-1) + f(n-2) end; f(16)'; jq -n '"abc" | test("B"; "i"), sub("b"; "X"), [match("(a)(b)").captures[].string]'; jq -n '[limit(10; repeat(1))] | length'; jq -n '1 / 3, (2 | pow(.; 0.5)), (1e1000), infinite, nan | tostring'; jq -n 'now | type'; jq -n '0 | todate, (1600000000 | strftime("%Y %j"))'; jq bad j; echo $?; echo '{' | jq .; echo $?; jq -e .none j; echo $?; jq -n '[1,[2,[3]]] | flatten, (.. | numbers)' -c; jq -n --stream -c 'inputs' j | head -n 3; seq 3000 | jq -s 'group_by(. % 7) | map(length)' -c; jq -n 'reduce range(20000) as $i (0; . + $i)'; jq -n 'try error("x") catch .'; jq --tab -n '{a: {b: 1}}'; jq -nr '[1, "a", null] | @csv, @tsv, @json, @sh'; jq -n 'input' < /dev/null; echo $?; jq -n '$ENV.TERM, ("a" | ltrimstr("a")), ([3,1,2] | sort, unique, reverse, index(2))' -c

#: rsync | needs=rsync
mkdir -p a/b; cp poem.txt a; cp table.csv a/b; touch -d 2001-01-01 a/poem.txt; ln -s poem.txt a/l; rsync -a a/ c/; diff -r a c && echo same; echo more >> a/poem.txt; rm a/b/table.csv; echo n > a/new; rsync -ai --delete a/ c/ | grep -v '^.d' | sort; diff -r a c && echo same; rsync -an --stats a/ c/ | grep files:; rsync -rcv --exclude='*.txt' a/ d/ | head -n 4; rsync -a --checksum --whole-file --inplace a/ c/; seq 20000 > big; rsync -a big c/; sed -i 5000d big; rsync --no-whole-file -a --stats big c/ | grep -c Matched; cmp big c/big; rsync -az --link-dest=../c c/ e/; stat -c %h e/new; rsync nothing x; echo $?; rsync -a --backup --suffix=.bak numbers.txt c/new; cat c/new.bak; rsync --list-only a/ | wc -l; rm -r big c e
#: replace /\[(sender|Receiver|generator)=.*\]/ 
#: replace /^(sent|total size).*$/ 

#: socat and sockets | needs=socat seconds=60
socat UNIX-LISTEN:sock,fork EXEC:'tr a-z A-Z' & p=$!; for i in {1..100}; do [ -S sock ] && break; sleep 0.02; done; echo hello | socat -t 2 - UNIX-CONNECT:sock; seq 2000 | socat -t 2 - UNIX-CONNECT:sock | md5sum; kill $p; wait $p 2> /dev/null; rm -f sock; socat -u FILE:poem.txt STDOUT | md5sum; socat -u EXEC:'echo from pty',pty,stderr STDOUT | od -c; socat UNIX-RECVFROM:dg - > got & sleep 0.5; echo datagram | socat - UNIX-SENDTO:dg; wait; cat got; rm -f dg; socat ABSTRACT-LISTEN:lodger-test$$ 'SYSTEM:echo abstract' & sleep 0.5; socat - ABSTRACT-CONNECT:lodger-test$$ < /dev/null; wait; socat - UNIX-CONNECT:none 2> /dev/null; echo $?; mkfifo fifo; socat -u SYSTEM:'seq 5' GOPEN:fifo & head -n 2 fifo; wait; rm -f fifo

#: sockets over the loopback | needs=socat seconds=60
socat TCP-LISTEN:34561,reuseaddr,bind=127.0.0.1 EXEC:'tr a-z A-Z' & sleep 0.7; echo hello over tcp | socat -t 2 - TCP:127.0.0.1:34561; wait; socat -u UDP-RECVFROM:34562,bind=127.0.0.1 STDOUT & sleep 0.7; echo by udp | socat -u - UDP-SENDTO:127.0.0.1:34562; wait; socat - TCP:127.0.0.1:1 2> /dev/null; echo $?; bash -c 'echo x > /dev/tcp/127.0.0.1/1' 2> /dev/null; echo $?

#: lua | needs=lua5.4
lua5.4 - <<'END'
local t = {} for i = 1, 50000 do t[i] = (i * 7919) % 10007 end table.sort(t) print(t[1], t[25000], t[50000], #t)
print(string.format("%5.2f %d %s %q %x %g %a", 3.14159, 42, "s", "q\n", 255, 1e20, 1.5), ("abc"):rep(3, "-"), ("hello world"):gsub("o", "0"), ("k=v"):match("(%w)=(%w)"))
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end print(fib(22), 7 // 2, 7 % -3, 2 ^ 0.5, 1 << 40, 5 / 0, -5 // 0.0, 0x7fffffffffffffff + 1, math.pi, math.type(1), 10 // 3.0)
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end) print(co(), co(), co()) print(select(2, pcall(error, { code = 1 })).code) print(select("#", 1, nil, 3), #"é", utf8.len("é"), utf8.char(8364)) print(os.time({ year = 2000, month = 1, day = 1, hour = 0 }), os.date("!%F", 0), os.getenv("TERM"))
local f = io.open("out", "w") f:write("line\n", 1.5) f:close() for l in io.lines("out") do print(l) end print(io.open("nothing")) local p = io.popen("echo popen") print(p:read("a")) p:close() print(setmetatable({}, { __index = function(_, k) return k .. "!" end }).x, string.pack("<i4d", 7, 1.5):byte(1, -1)) collectgarbage() print(load("return 1 + 1")(), math.tointeger(3.0), tostring(1e15), 1e100, 2^53, math.maxinteger, string.format("%.17g", 0.1)) print(math.sin(1), math.cos(1), math.exp(1), math.log(2), math.fmod(7, 3), math.ult(1, -1)) os.exit(5)
END
echo $?; lua5.4 -e 'error("x")'; echo $?; printf 'print(...)' > s.lua; lua5.4 s.lua a b; luac5.4 -l -p s.lua 2> /dev/null | wc -l > /dev/null

#: tcl and expect | needs=tclsh,expect
tclsh <<'END'
proc fib n { if {$n < 2} { return $n }; expr {[fib [expr {$n - 1}]] + [fib [expr {$n - 2}]]} }
puts [fib 16]; puts [expr {2 ** 100}] ; puts [lsort -integer {5 3 9 1}]; puts [string map {a A} banana]; puts [regexp -inline {(\w+)@(\w+)} me@here]; array set a {x 1 y 2}; puts [lsort [array names a]]; puts [format %5.2f|%-5s|%x 3.14159 ab 255]; puts [clock format 0 -gmt 1 -format %Y-%m-%d]; foreach {x y} {1 2 3 4} { puts -nonewline "$x$y " }; puts ""; puts [catch {error bad} m]$m; puts [exec echo from exec]; set f [open out w]; puts $f line; close $f; puts [file size out]; puts [dict get {a {b 1}} a b]; puts [lmap x {1 2 3} {expr {$x * $x}}]; after 50 {set done 1}; vwait done; puts [info tclversion]; puts [expr {sqrt(2) + sin(1)}]; exit 3
END
echo $?; expect -c 'spawn -noecho bash --norc --noprofile; send "stty -echo; PS1=; echo a\$((1+1))b\r"; expect -re {a2b\r} { puts "\nmatched" } timeout { puts never }; send "exit 4\r"; expect eof; puts [lindex [wait] 3]' | grep -a -o 'matched\|^4'

#: troff | needs=groff
printf '.TH X 1\n.SH NAME\nx \\- does x\n.SH DESCRIPTION\nSome \\fBbold\\fR text that is long enough to be filled and adjusted over more than a single line of output.\n.TP\nitem\nwhat it is\n.EQ\nx sup 2\n.EN\n' > x.1; groff -man -Tascii x.1 | cat -v; groff -man -Tutf8 x.1 | md5sum; groff -man -Tps x.1 | grep -v '^%%\(Creation\|Creator\)' | md5sum; printf '.TS\ntab(,);\nl r.\na,1\nbb,22\n.TE\n' | tbl | groff -Tascii | head -n 3; printf '.PS\nbox "x"; arrow; circle\n.PE\n' | pic | wc -l; soelim x.1 | wc -l; nroff poem.txt 2> /dev/null | head -n 5; col -b < poem.txt | md5sum

#: flex, bison and gettext | needs=flex,bison,msgfmt
printf '%%%%\n[0-9]+ { printf("<%%s>", yytext); }\n%%%%\nint yywrap(void) { return 1; }\n' > l.l; flex -o l.c l.l; grep -v '^#line' l.c | md5sum; printf '%%token N\n%%left "+"\n%%%%\ne: e "+" e | N;\n%%%%\n' > g.y; bison -d -v -o g.c g.y; md5sum g.c g.h; grep -c State g.output; printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\nmsgid "a"\nmsgstr "b"\n' > x.po; msgfmt -c -o x.mo x.po; md5sum x.mo; msgunfmt x.mo | tail -n 2; msgcat x.po x.po | tail -n 2; printf 'puts(_("hello"));' > s.c; xgettext -k_ -o - s.c | grep -v '"POT' | tail -n 4; echo 'home $HOME' | envsubst; rm l.c g.c g.h g.output

#: zip, 7z and other packers | needs=zip,unzip,7z,lz4,brotli,pigz,lzip,lzop seconds=120
seq 20000 > s; mkdir d; cp poem.txt d; touch -d 2020-01-01 d/poem.txt s; zip -Xq z.zip s d/poem.txt; unzip -l z.zip; unzip -p z.zip s | md5sum; unzip -q z.zip -d out; cmp s out/s && echo same; unzip -t z.zip | tail -n 1; zip -q -P pw e.zip s; unzip -P pw -p e.zip | md5sum; zipinfo -1 z.zip; zip -d z.zip s > /dev/null; zipinfo -1 z.zip; 7z a -mmt1 -bd a.7z s d > /dev/null; 7z l a.7z | tail -n 1 | cut -c20-60; 7z x -so a.7z s | md5sum; 7z t a.7z | grep -c Ok; 7z a -tzip -bd b.zip s > /dev/null; unzip -p b.zip | md5sum; for c in lz4 brotli pigz lzip lzop; do $c -c s | $c -dc | cmp - s && echo $c; done; pigz -nc -p 2 s | md5sum; lz4 -9 -c s | md5sum; brotli -q 9 -c s | md5sum; lzip -9 -c s | md5sum; rm -rf s out *.zip a.7z
#: replace /^ +\d+ files .*$/ 

#: parallel, pv and moreutils | needs=pv,sponge,ts seconds=60
pv -q poem.txt | md5sum; seq 5 | sponge out; cat out; sort -r out | sponge out; cat out; echo x | ts '' | cut -c1-3; combine out and out | wc -l; ifne echo some < out; ifne -n echo none < /dev/null; chronic true; chronic sh -c 'echo shown; exit 2'; echo $?; echo a | pee cat 'tr a b' | sort; mispipe false true; echo $?; errno ENOENT; isutf8 poem.txt; echo $?; vidir --help > /dev/null 2>&1; zrun cat poem.txt | md5sum; command -v parallel > /dev/null && seq 6 | parallel -j2 -k echo n{} 2> /dev/null | tail -n 6; lckdo lock echo locked

#: ksh, mksh, yash and fish | needs=ksh,mksh,yash,fish seconds=60
for s in ksh mksh yash; do $s -c 'f() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(f $(($1 - 1))))); fi; }; f 8; x=abc; echo ${x#a} ${#x} $((7 / 2)); for i in 1 2 3; do printf "%02d " $i; done; echo; trap "echo bye" EXIT; (exit 3); echo $?; echo a b | { read p q; echo $q; }; case xyz in x*) echo m;; esac; cat <<END
here $((1 + 1))
END
sleep 0.1 & wait; kill -0 $$; echo $?; i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); done; echo $i'; done; ksh -c 'typeset -A m; m[a]=1; echo ${!m[@]} ${m[a]}; float x=1.5; print $((x * 2)); print -r -- ${.sh.version:0:4}'; fish --no-config -c 'set x 1 2 3; echo (count $x) $x[2]; for i in (seq 3); echo $i; end; function f; echo f $argv; end; f a; math 2 ^ 10 / 3; string replace a b banana; if test 1 -lt 2; echo yes; end; echo (string upper abc); exit 4'; echo $?

#: nano | needs=tmux,nano seconds=60
t="tmux -S sock -f /dev/null"; $t new-session -d -x 70 -y 16 'nano -I table.csv; echo ended > done; sleep 9'
wait_for() { for i in {1..200}; do $t capture-pane -p | grep -q -- "$1" && return; sleep 0.05; done; echo "never saw $1"; $t capture-pane -p; }
wait_for anna; $t send-keys C-k Down 'typed ' End; sleep 0.3; $t send-keys C-w; wait_for Search; $t send-keys Rome Enter; sleep 0.3; $t send-keys X; sleep 0.3; $t capture-pane -p; $t send-keys C-o; wait_for 'Write'; $t send-keys Enter; wait_for Wrote; $t send-keys C-x; for i in {1..100}; do [ -f done ] && break; sleep 0.05; done; cat table.csv; $t kill-server; rm -f sock

#: mc | needs=tmux,mc seconds=90
mkdir d h; touch d/one d/two; cd d; t="tmux -S ../sock -f /dev/null"; HOME=$PWD/../h $t new-session -d -x 80 -y 24 'mc -u --nosubshell -b .; echo ended > ../done; sleep 9'
wait_for() { for i in {1..400}; do $t capture-pane -p | grep -q -- "$1" && return; sleep 0.05; done; echo "never saw $1"; $t capture-pane -p; }
wait_for '10Quit'; sleep 0.5; $t send-keys Down Down F8; wait_for Delete; $t send-keys Enter; sleep 1; $t send-keys F10; for i in {1..50}; do [ -f ../done ] && break; $t capture-pane -p | grep -q really && $t send-keys Enter; sleep 0.1; done; ls; cat ../done; $t kill-server; cd ..; rm -rf sock h
