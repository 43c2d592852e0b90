# What reads text, and what is made of it: grep, sed, awk, find, diff, make, file, m4 …

#: grep | quick
grep -n e poem.txt; grep -c e poem.txt; grep -vn e poem.txt; grep -io 'upper\|mixed' poem.txt; grep -w it poem.txt; grep -E '^[a-z]+,(Lima|Oslo),[0-9]{1,2}' table.csv; grep -P '(?<=,)\d+(?=,)' -o table.csv; grep -P '^(\w)\w*\1' poem.txt; grep -F '.' numbers.txt; echo $?; grep -x 42 numbers.txt; grep -L zero *; grep -rl Lima .; grep -h it poem.txt table.csv | head -n 3; grep -A1 -B2 page poem.txt; grep -C1 -n price poem.txt; grep -b -o knocking poem.txt; grep -m1 e poem.txt; grep -q zero poem.txt; echo $?; grep -e anna -e gus -f <(echo fay) table.csv; grep 'caf.' poem.txt -o; grep '[[:upper:]]' poem.txt; grep -E '(.)\1' -o poem.txt; grep '\bthe\b' -c poem.txt; grep -z zero poem.txt | wc -c; grep nothing nofile; echo $?; grep -s nothing nofile; echo $?; grep '[' poem.txt; echo $?; grep --color=always page poem.txt; printf 'a\0b\n' | grep b; printf 'a\0b\n' | grep -a b | od -c; egrep 'a|b' table.csv 2> /dev/null | head -n 2; seq 100000 | grep -c '7.*7'; seq 100000 | grep -E '^(1|2)+3?$' | wc -l; seq 20000 | grep -P '(\d)\1\1' | md5sum; grep -E 'x{1,3}y?' <<< 'axxxyb' -o; zgrep -c e poem.txt; grep -T -n -H zero poem.txt; grep --include='*.csv' -r anna . ; grep -v '' poem.txt; echo $?

#: sed | quick
sed 's/e/E/g; 5q' poem.txt; sed -n '2,4p;$=' poem.txt; sed '1!G;h;$!d' table.csv; sed -E 's/([a-z]+),([A-Za-z]+)/\2:\1/; s/[0-9]+/<&>/2g' table.csv; sed '/bert/,/dora/d' table.csv; sed '/^$/!s/^/> /' poem.txt; sed '2i\before' table.csv | head -n 3; sed '$a after' table.csv | tail -n 1; sed '3c\changed' table.csv; sed 'y/abc/xyz/' table.csv; sed '1~3d' table.csv; sed '0,/a/s//Z/' table.csv; sed 'N;P;D' table.csv | md5sum; sed ':a;N;$!ba;s/\n/|/g' table.csv; sed -i.bak 's/Oslo/OSLO/' table.csv; cat table.csv table.csv.bak | md5sum; sed -n '/anna/{=;p}' table.csv; sed 's/.*/\L&/; s/^./\u&/' table.csv; sed 's/x*/-/g' <<< abc; sed -n 'l 20' poem.txt; sed 's/a/b/w out' table.csv > /dev/null; cat out; sed -s '1F' poem.txt table.csv | head -n 3; sed 'e echo run' table.csv | head -n 2; sed --expression='s/,/\t/g' table.csv; sed -z 's/\n/+/g' table.csv; sed '/a/!{n;d}' table.csv; sed 's/\(a\|e\)/[\1]/gI' table.csv; sed -n '$!{h;d};H;x;p' table.csv; sed 'bad'; echo $?; sed -n '/zero/q5' poem.txt; echo $?; sed --posix 's/a\+/x/' <<< 'a+'; sed 's/\bthe\b/THE/g; s/\w\+$/<&>/' poem.txt; seq 20000 | sed -n '/99$/p' | md5sum; seq 10000 | sed -E 's/(.)(.*)/\2\1/' | md5sum; sed 'R numbers.txt' table.csv | head -n 4; sed = table.csv | sed 'N; s/\n/ /'; sed 's/\o101\|\x42/X/' <<< AB; sed '5!d;T;s/x/y/' table.csv; sed --debug -n p < /dev/null | head -n 2

#: mawk | quick needs=mawk
mawk -F, 'NR > 1 { n[$2]++; s[$2] += $3 } END { for (c in n) print c, n[c], s[c] / n[c] | "sort"; close("sort"); print "end" }' table.csv
mawk '{ s += $1; q += $1 * $1; if ($1 > m) m = $1 } END { printf "%d %d %.6f %.10g\n", s, m, s / NR, sqrt(q / NR) }' numbers.txt
mawk 'BEGIN { for (i = 0; i < 8; i++) printf "%.15g %.15g %.15g %.15g %.15g\n", sin(i), cos(i), exp(i / 3), log(i + 1), atan2(i, 2) }'
mawk 'BEGIN { s = "the quick brown fox"; n = split(s, w); for (i = n; i > 0; i--) printf "%s ", w[i]; print length(s), index(s, "quick"), substr(s, 5, 5), toupper(s); gsub(/o/, "0", s); print s; print match(s, /b[a-z]*/), RSTART, RLENGTH }'
mawk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(18); print 2 ^ 31, 7 % 3, 1e6, 1 / 3, 123456789 * 1000, int(-3.7); printf "%5.2f|%-8s|%03d|%x|%c|%e|%G\n", 3.14159, "left", 7, 255, 65, 12345.678, 1e-10 }'
mawk 'BEGIN { while (("echo x; echo y" | getline line) > 0) print "got " line; while ((getline line < "table.csv") > 0) n++; print n; system("echo from system"); exit 3 }'; echo $?; mawk 'length > 30 { print FNR ": " $0 } /zero/, /price/ { print "range" }' poem.txt; echo 'a:b:c' | mawk -F: -v OFS=- '{ $1 = $1; print; $5 = "e"; print NF, $0 }'
seq 50000 | mawk '{ a[$1 % 97] += $1 } END { for (i = 0; i < 97; i += 8) printf "%d ", a[i]; print "" }'; mawk 'BEGIN { for (i = 0; i < 200000; i++) x = (x * 1103515245 + 12345) % 2147483648; print x }'; mawk '{ for (i = 1; i <= NF; i++) w[tolower($i)]++ } END { for (k in w) print w[k], k }' poem.txt | sort; mawk 'BEGIN { RS = "" } { print NR ": " $1 " " NF }' poem.txt; mawk '{ gsub(/[aeiou]/, "<&>") } 1' table.csv; mawk 'BEGIN { print 1 / 0 }'; echo $?; mawk 'BEGIN { print substr("hello", 0, 3), substr("hello", -1), "a" < "b", 10 < 9, "10" < "9", 1 == 1.0; print -2 ^ 2, !0, 1 - - 1 }'; mawk 'syntax error'; echo $?

#: gawk | needs=gawk
gawk -F, 'NR > 1 { n[$2]++; s[$2] += $3 } END { PROCINFO["sorted_in"] = "@ind_str_asc"; for (c in n) print c, n[c], s[c] / n[c] }' table.csv
gawk 'BEGIN { for (i = 0; i < 8; i++) printf "%.15g %.15g %.15g %.15g %.15g\n", sin(i), cos(i), exp(i / 3), log(i + 1), atan2(i, 2) }'
gawk 'BEGIN { print gensub(/(.)(.)/, "\\2\\1", "g", "abcdef"), strftime("%F %T", 86400, 1), mktime("2000 01 01 00 00 00"), strtonum("0x1f"), and(12, 10), or(12, 10), xor(12, 10), lshift(1, 40), compl(0) % 7; n = asort(a); a[1] = 3; a[2] = 1; n = asort(a); print n, a[1], a[2]; print length("\xc3\xa9"), toupper("é"), substr("日本語", 2, 1), typeof(a), isarray(a) }'
gawk -M 'BEGIN { print 2 ^ 200 }' 2> /dev/null; gawk 'BEGINFILE { print FILENAME } ENDFILE { print FNR }' poem.txt table.csv; gawk -v FPAT='[a-z]+' '{ print NF, $1 }' table.csv; gawk 'BEGIN { FIELDWIDTHS = "2 3 *" } { print $2 "|" $3 }' table.csv; gawk 'match($0, /([a-z]+),([A-Z])/, m) { print m[1], m[2], m[1, "start"] }' table.csv; gawk 'BEGIN { c = "sort -r"; print "a\nb" |& c; close(c, "to"); while ((c |& getline l) > 0) print l; close(c) }'; gawk 'function g(a, k) { a[k]++ } BEGIN { g(x, 1); g(x, 1); print x[1]; @f = 1 }' 2> /dev/null; echo $?; gawk 'BEGIN { switch ("b") { case "a": print 1; break; case /b/: print 2; default: print 3 } ; delete z; z[1][2] = 3; print z[1][2]; printf "%c%c %i %5.3s|\n", 256, "xyz", 3.9, "abcdef"; print substr("x", 2) "" ; print length(ENVIRON) > 0 }'; cat 0 2> /dev/null; gawk -i inplace '{ gsub(/a/, "A") } 1' table.csv; cat table.csv; seq 50000 | gawk '{ a[$1 % 97] += $1 } END { for (i = 0; i < 97; i += 8) printf "%d ", a[i]; print "" }'; gawk 'BEGIN { for (i = 0; i < 200000; i++) x = (x * 1103515245 + 12345) % 2147483648; print x; printf "%.3f %d\n", 2 ^ 0.5, 2 ^ 53 + 1 }'; gawk --lint 'BEGIN { print y }' 2>&1; gawk 'BEGIN { RS = "[,\n]+" } { print NR, $0, RT == "," } NR > 5 { exit 7 }' table.csv; echo $?; gawk --csv 1 /dev/null 2> /dev/null; gawk -o- 'BEGIN{x=1;if(x)print x;else print "n"}'; gawk 'BEGIN { "date +%Y" | getline y; print (y > 2000); print systime() > "/dev/null"; print "err" > "/dev/stderr"; printf "%s", "to out" > "/dev/stdout"; print "" }'

#: find xargs | quick needs=find,xargs
mkdir -p t/a/b t/c; for i in 1 2 3; do echo $i > t/f$i.txt; head -c $((i * 1000)) /dev/zero > t/a/z$i; done; ln -s ../f1.txt t/a/link; ln -s none t/broken; touch -d 2000-01-01 t/c/old; chmod 600 t/f1.txt; mkfifo t/fifo
find t | sort; find t -type f -name '*.txt' | sort; find t -maxdepth 1 -mindepth 1 | sort; find t -size +1k -type f | sort; find t -size -2000c -type f | sort; find t -empty | sort; find t -type l -printf '%p -> %l\n' | sort; find t -xtype l; find t -newer t/c/old -type d | sort; find t -mtime +1000; find t -perm 600; find t -perm /111 -type f; find t \( -name 'f*' -o -name 'z*' \) ! -name '*2*' | sort; find t -iname 'F1*' ; find t -regex '.*/z[12]' | sort; find t -regextype posix-extended -regex '.*/(f|z)[12].*' | sort; find t -path 't/a' -prune -o -print | sort; find t -type f -exec wc -c {} + | tail -n 1; find t -name 'f?.txt' -exec sh -c 'echo "$0: $(cat "$0")"' {} \; | sort; find t -type f -printf '%f %s %m %y %d %h\n' | sort; find t -type f -print0 | sort -z | xargs -0 md5sum; find t -name 'z*' -delete; find t -depth | sort; find t -ls | wc -l; find t -samefile t/f1.txt; find t -links +1 -type d | sort; find t -newermt 2001-01-01 -type f | sort; find t -fstype nothing; find nothing; echo $?; find t -badoption; echo $?; find t -quit; find t -user root -group root | wc -l; find t -inum 0; find t -ls | wc -l; find t -type f -ok echo {} \; < /dev/null 2> /dev/null; find t -L 2>/dev/null; find -L t -type f -name 'link' ; find t -daystart -ctime 0 -type p; find t -type d,l | sort; find t -readable -writable -executable | sort; find t -fprint out; sort -o out out
seq 10 | xargs -n 4; seq 5 | xargs -I % echo [%]; seq 20 | xargs -P 3 -n 5 echo | sort; printf 'a b\nc "d e"\n' | xargs -n 1; printf 'x\0y z\0' | xargs -0 -t -n1 echo; xargs -a numbers.txt -n 50 | md5sum; seq 3 | xargs -p -n 1 echo < /dev/null; echo | xargs -r echo never; seq 100000 | xargs | wc; seq 3 | xargs -d '\n' -L 2 echo l; seq 3 | xargs sh -c 'exit 3'; echo $?; seq 3 | xargs nothing; echo $?; seq 2 | xargs -n1 sh -c 'kill -9 $$'; echo $?; xargs --show-limits -r < /dev/null 2>&1 | wc -l; seq 50 | xargs -s 40 echo | head -n 3

#: diff diff3 sdiff cmp patch | quick needs=diff,patch
sed 's/bert/BERT/; /dora/d; $a\hugo,Bonn,1,1' table.csv > new.csv; sed 's/anna/ANNA/' table.csv > other.csv
diff table.csv new.csv; echo $?; diff -u --label a --label b table.csv new.csv > p; cat p; diff -c --label a --label b table.csv new.csv; diff -y -W 60 table.csv new.csv; diff -e table.csv new.csv; diff -n table.csv new.csv; diff --side-by-side --suppress-common-lines -W 50 table.csv new.csv; diff -q table.csv new.csv; diff -s table.csv table.csv; diff -iw -B <(echo 'A  b') <(echo 'a b'); echo $?; diff --color=always -u --label x --label y table.csv new.csv; diff3 other.csv table.csv new.csv; diff3 -m other.csv table.csv new.csv; sdiff -s -w 60 table.csv new.csv; cmp table.csv new.csv; cmp -b table.csv other.csv; cmp -l table.csv other.csv; cmp -n 5 table.csv new.csv; echo $?
cp table.csv work; patch work p; cmp work new.csv && echo same; patch -R work p; cmp work table.csv && echo same; patch --dry-run work p; sed -i 's/emil/EMIL/' work; patch -F 3 --fuzz=2 work p; cat work.rej 2> /dev/null; patch -p9 < p < /dev/null; mkdir a b; cp table.csv a/t; cp new.csv b/t; echo x > b/only; diff -Nur a b | sed 's/\t.*//' > tree; cat tree; patch -d a -p1 < tree; diff -r a b && echo same; patch -i nothing; echo $?; patch < poem.txt; echo $?; seq 5000 > s1; seq 5000 | sed '/7$/d; s/^3/three/' > s2; diff s1 s2 | md5sum; diff -u s1 s2 | patch -s s1 2>&1; cmp s1 s2; echo $?

#: make | needs=make seconds=60
mkdir src; for n in one two three; do echo "$n" > src/$n.in; done
cat > Makefile <<'END'
SRCS := $(wildcard src/*.in)
OUTS := $(SRCS:src/%.in=out/%.out)
NAMES = $(sort $(notdir $(basename $(SRCS))))
.PHONY: all clean list fail
all: out/total
out:
	@mkdir -p $@
out/%.out: src/%.in | out
	tr a-z A-Z < $< > $@
out/total: $(OUTS)
	cat $(sort $^) > $@
	@echo "made $@ of $(words $^)"
list:
	@echo $(NAMES) $(shell echo from the shell) $(foreach n,$(NAMES),[$(n)]) $(patsubst t%,T%,$(NAMES)) $(filter t%,$(NAMES)) $(if $(DEBUG),debug,plain) $(words $(NAMES)) $(firstword $(NAMES)) $(strip  a  b ) $(subst o,0,$(NAMES)) $(call f,x,y)
f = $(2)$(1)
ifeq ($(MODE),fast)
list: fast
fast:
	@echo fast
endif
define block
echo first
echo second
endef
block: ; @$(block)
fail:
	@echo about to fail; exit 3
clean:
	rm -rf out
-include none.mk
END
make; echo $?; make; touch src/two.in; sleep 0.05; touch -d '+1 hour' src/two.in; make -s 2> /dev/null; cat out/total; make list; make list MODE=fast DEBUG=1; make block; make fail; echo $?; make -k fail list; echo $?; make -n clean; make -s clean; make -j4 all | sort; make -B -j2 -O | sort; make -q all 2> /dev/null; echo $?; make none; echo $?; make -p -n 2> /dev/null | grep -c '^NAMES'; make -C src -f ../Makefile list; printf 'all:\n\t@$(MAKE) -s -f Makefile list\n' > m2; make -s -f m2; make --version | head -n 1; printf 'a: b\nb: a\n\techo x\n' > m3; make -f m3; make -f nothing; echo $?; printf 'all:\n    spaces\n' | make -f -; echo $?; printf 'x:\n\tkill -9 $$$$\n' | make -f -; echo $?; rm -rf out
#: replace /time \d+ s in/ time in
#: replace /tmp\/Gm\w+/ tmp/Gm
#: replace /Entering directory.*$/ Entering
#: replace /Leaving directory.*$/ Leaving

#: file | needs=file
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0' > a.png; gzip -c poem.txt > a.gz; printf '#!/bin/sh\n' > s; printf 'PK\x03\x04' > z.zip; mkfifo p; ln -s poem.txt l; : > empty; printf '\xff\xfe\0\0' > u; tar cf t.tar poem.txt; printf '<?xml version="1.0"?><x/>' > x.xml; printf '{"a": 1}' > j.json; printf 'GIF89a\x01\0\x01\0' > g.gif; file a.png s z.zip p l empty u t.tar x.xml j.json g.gif poem.txt table.csv . | sort; file -b a.gz | cut -d, -f1; file -i poem.txt table.csv a.png; file -L l; file /bin/true /usr/bin/bash | cut -d, -f1-5; file --mime-encoding poem.txt; file nothing; file -z a.gz | cut -d'(' -f1; file - < poem.txt; file /dev/null; rm t.tar a.gz

#: bc dc m4 ed tsort-like | needs=bc
echo '2^300; scale=40; 4*a(1); e(1); s(1)^2+c(1)^2; l(2); j(0,1)' | bc -l; echo 'define f(n){ if(n<2) return 1; return n*f(n-1)}; f(50); for(i=0;i<5;i++) i^3; a[3]=7; a[3]; ibase=16; FF; obase=2; F' | bc; echo 'scale=5; 10/3; sqrt(2); length(12345); 7%3; x=5; x+=3; x; if (x>7) "big
"; "text"; print "p", 1, "\n"' | bc; echo '1/0; 2' | bc; echo $?; bc <<< 'obase=16; 3735928559; obase=2; 255; last'; echo 'scale=1000; 1/7' | bc | md5sum; command -v dc > /dev/null && echo '5 3 + p 20 k 2 v p 16 o 255 p [lax1+dsa10>b]sb 0sa lbx lap 100 ! x' | dc 2> /dev/null

#: m4 | needs=m4
m4 <<'END'
define(`greet', `Hello, $1! ($#: $*)')greet(World, again)
define(`fact', `ifelse($1, 0, 1, `eval($1 * fact(decr($1)))')')fact(10)
eval(2**10 + 0xff % 7) len(hello) index(abcde, cd) substr(abcdef, 2, 3) translit(hello, a-y, b-z) regexp(`GNUs not', `\w\(\w+\)$', `<\1>')
patsubst(abc, `b', `[\&]') incr(5) format(`%05d|%s|%x', 42, str, 255) ifdef(`greet', yes, no) dnl comment
pushdef(`x', 1)pushdef(`x', 2)x popdef(`x')x undefine(`greet')greet
define(`loop', `ifelse($1, 0, , `$1 loop(decr($1))')')loop(20)
divert(1)late
divert(0)early
syscmd(`echo from shell')esyscmd(`echo captured')sysval
include(`table.csv')define(`forloop', `pushdef(`$1', `$2')_forloop($@)popdef(`$1')')define(`_forloop', `$4`'ifelse($1, `$3', , `define(`$1', incr($1))$0($@)')')forloop(`i', 1, 5, `i,')
changequote([, ])define([q], [quoted $1])q([x])
errprint([to stderr
])m4exit(3)
END
echo $?; echo 'A B' | m4 -DA=1 -DB='x y'; m4 nothing; echo $?

#: ed | needs=ed stderr=ignore
printf '%s\n' ',p' '2d' '$a' 'hugo,Bonn,1,1' '.' '1,3s/a/A/g' '/Oslo/p' 'g/1/s//ONE/' ',n' 'w out' 'u' '2,3m$' '1t.' ',l' '=' 'kx' "'xp" 'j' 'w' 'q' | ed -s table.csv; cat out

#: tree hexdump column rev look | needs=tree
mkdir -p d/e/f d/g; touch d/a d/e/b; ln -s a d/l; tree d; tree -a -F --noreport d; tree -J d; tree -d d; tree -L 1 -i -f d; tree -P 'b*' --prune d; hexdump -C poem.txt | tail -n 4; hexdump -e '4/1 "%02x " "\n"' -n 16 poem.txt; column -t -s, table.csv; column -c 60 numbers.txt | head -n 4; column -J -s, -N a,b,c,d table.csv | md5sum; rev table.csv; look x poem.txt; echo $?; colrm 2 4 < table.csv; getopt -o ab: -l long: -- -a --long=x -b y z; namei -m poem.txt; rename 2> /dev/null; whereis -b bash | cut -d: -f1; flock lockfile echo locked; (flock 9; echo held) 9> lockfile; flock -n lockfile sh -c 'flock -n lockfile echo no; echo $?'; setsid -w echo session; ul <<< x; cal 2 2024; ionice -t; uuidgen | wc -c; mcookie | wc -c; script -qec 'echo in script; tty' /dev/null | sed 's/[0-9]*\r$//'; scriptreplay 2> /dev/null; fallocate -l 3000 fa; stat -c %s fa; lsns > /dev/null 2>&1; nsenter 2> /dev/null; taskset -c 0 echo pinned; chrt -o 0 echo other; prlimit --nofile=50 sh -c 'ulimit -n'; renice -n 3 -p $$ > /dev/null; nice; hexdump -d -n 20 poem.txt; more poem.txt | md5sum; logger --no-act -s x 2> /dev/null; lslocks > /dev/null 2>&1; echo $?; findmnt -n -o FSTYPE /proc; mountpoint /proc; mountpoint -q .; echo $?; unshare --help | head -n 2

#: ripgrep | needs=rg
mkdir -p s/deep; cp poem.txt s/p.md; cp table.csv s/deep/t.csv; echo ignored.txt > s/.ignore; echo zero > s/ignored.txt; echo zero > s/.hidden
rg -n zero s | sort; rg -c e s | sort; rg -i --sort path 'LIMA|oslo' s; rg -w it poem.txt; rg -o '[a-z]+,[A-Z]\w+' table.csv; rg -v e poem.txt; rg -l . s | sort; rg --files s | sort; rg --hidden --no-ignore -l zero s | sort; rg -A1 -B1 -n page poem.txt; rg -r '$2:$1' '^(\w+),(\w+)' table.csv; rg -t csv --type-add 'csv:*.csv' -l Rome s; rg -g '!*.md' -c a s; rg --json zero poem.txt | tail -n 1 | cut -c1-30; rg -U 'price\.\n\n' poem.txt -c; rg 'caf\p{L}' -o poem.txt; rg -F '.' numbers.txt; echo $?; rg -j1 nothing nofile; echo $?; rg '(' poem.txt; echo $?; seq 200000 | rg -c '7.*7.*7'; seq 50000 | rg '^(\d)\d*0$' -o -r '$1' | sort | uniq -c; rg --count-matches e poem.txt; rg -j1 zero s --stats | grep -c matched; rg --color=always -n page poem.txt; rg -P '(\w)\1' poem.txt 2> /dev/null; rg --vimgrep page poem.txt; rg -z x 2> /dev/null < /dev/null; rg --type-list | wc -l; rg -m 2 e poem.txt; rg --passthru zero poem.txt | wc -l; rg -j 4 -c . s | sort

#: fd | needs=fdfind
mkdir -p t/a/b t/.hid; touch t/one.txt t/a/two.TXT t/a/b/three.c t/.hid/four.txt; ln -s one.txt t/link; printf '*.c\n' > t/.fdignore
fdfind . t | sort; fdfind -e txt . t | sort; fdfind -H txt t | sort; fdfind -t d . t | sort; fdfind -t l . t; fdfind -g '*.c' t -I; fdfind -s TXT t; fdfind -d 1 . t | sort; fdfind -x echo found {/} {.} \; one t; fdfind -X wc -c \; txt t | tail -n 1; fdfind -0 one t | od -c | head -n 2; fdfind '^t.*o' t; fdfind -a one t | sed 's/.*programs[^/]*//'; fdfind -S +1b . t; fdfind --changed-within 1h one t; fdfind -E a . t | sort; fdfind nothing t; echo $?; fdfind . none; echo $?; fdfind '(' t; echo $?; fdfind -j 4 . t | sort | wc -l; fdfind -l one t | cut -c1-10
