# The applets of busybox that make sense without privileges.

#: busybox sh arithmetic | quick shell=busybox+sh
x=7; y=3
echo $((x + y)) $((x - y)) $((x * y)) $((x / y)) $((x % y)) $((x << y)) $((x >> 1)) $((x & y)) $((x | y)) $((x ^ y))
echo $((x > y)) $((x == y)) $((x != y ? 10 : 20)) $((~x)) $((!x)) $((x += 5)) $x $((0x1f)) $((017))
echo $((9223372036854775807 + 1)) $((-7 / 2)) $((-7 % 2)) $((1 << 62))
i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; echo $i

#: busybox sh language | shell=busybox+sh
f() { local a=$1; [ "$a" -le 1 ] && { echo 1; return; }; echo $((a * $(f $((a - 1))))); }
f 6
for w in one "two words" 'three'; do printf '<%s>' "$w"; done; echo
case abc.tar.gz in *.zip) echo zip;; *.tar.*) echo tar;; esac
s=path/to/file.txt; echo ${s##*/} ${s%/*} ${s%.txt}.md ${#s} ${s:5:2} ${s/to/TO} ${none:-default} ${s:+set}
trap 'echo bye' EXIT; trap 'echo usr1' USR1; kill -USR1 $$
(exit 3); echo $?; ! true; echo $?
cat <<END | while read -r a b; do echo "$b-$a"; done
one two
three   four five
END
set -- a b c; shift; echo $# "$@" "$*"
getopts ab:c o -a -b val -c; echo $o
type cd; command -v echo; alias ll='ls -l'; alias
echo {a,b} ~nobody $HOME; pwd | sed 's/.*\///'
false || echo or; true && echo and
: > empty; [ -s empty ] || echo empty; [ -f poem.txt -a ! -d poem.txt ] && echo file
read x < numbers.txt; echo $x; printf '%05d|%-6s|%x|%o|%e|%c\n' 42 ab 255 8 3.14159 xyz
sleep 0.05 & wait $!; echo waited $?; sh -c 'kill -9 $$'; echo $?

#: busybox cat head tail tac rev nl
for a in "cat -n poem.txt" "cat -A poem.txt" "cat -b poem.txt" "head -n 3 poem.txt" "head -c 20 poem.txt" "tail -n 3 poem.txt" "tail -c 30 poem.txt" "tail -n +10 poem.txt" "tac poem.txt" "rev poem.txt" "nl poem.txt" "nl -b a poem.txt" "head -n 2 poem.txt table.csv" "tail -q -n 1 poem.txt table.csv"; do
  echo "== $a"; busybox $a; echo "status $?"
done

#: busybox sort uniq cut paste tr | quick
b=busybox
$b sort numbers.txt | $b head -n 5; $b sort -n numbers.txt | $b tail -n 5; $b sort -nr numbers.txt | $b head -n 3; $b sort -u numbers.txt | $b wc -l
$b sort -t, -k2,2 -k3,3nr table.csv; $b sort -t, -k4g table.csv; $b sort -c table.csv; echo $?
$b cut -d, -f2 table.csv | $b sort | $b uniq -c; $b cut -d, -f2 table.csv | $b sort | $b uniq -d; $b cut -d, -f2 table.csv | $b sort | $b uniq -u
$b cut -c2-4 table.csv; $b cut -b1,3 table.csv; $b cut -d, -f1,3- table.csv; $b cut -s -d: -f1 table.csv
$b paste -d, table.csv numbers.txt | $b head -n 4; $b paste -s -d+ numbers.txt; $b paste - - - < table.csv
$b tr a-z A-Z < poem.txt; $b tr -d aeiou < poem.txt | $b head -n 2; $b tr -s ' ' < poem.txt | $b tail -n 4; $b tr -c 'a-z\n' . < poem.txt | $b head -n 2
printf 'b 10M\na 9K\nc 2G\n' | $b sort -k2h; printf '1.10\n1.9\n1.2\n' | $b sort -V; printf 'Feb\nJan\nDec\n' | $b sort -M; seq 20 | $b shuf | $b sort -n | $b head -n 3

#: busybox wc od hexdump xxd strings cmp
b=busybox
$b wc poem.txt table.csv; $b wc -l -w -c < poem.txt; $b wc -m poem.txt; $b wc -L poem.txt
$b od poem.txt | $b head -n 3; $b od -c poem.txt | $b tail -n 4; $b od -An -tx1 -N32 poem.txt; $b od -td4 -N16 poem.txt; $b od -tf8 -N16 poem.txt; $b od -b -j 5 -N 10 poem.txt
$b hexdump -C poem.txt | $b tail -n 4; $b hexdump -n 32 poem.txt; $b hexdump -e '4/1 "%02x " "\n"' -n 16 poem.txt; $b hexdump -b -n 20 poem.txt
$b xxd poem.txt | $b head -n 3; $b xxd -p -l 40 poem.txt; $b xxd -p poem.txt | $b xxd -r -p | $b cmp - poem.txt; echo $?
$b strings /bin/true | $b head -n 5; $b strings -n 12 -t x poem.txt
$b cp poem.txt p2; echo x >> p2; $b cmp poem.txt p2; echo $?; $b cmp -s poem.txt p2; echo $?; $b cmp -l poem.txt table.csv | $b head -n 3

#: busybox grep egrep fgrep sed | quick
b=busybox
$b grep -n o poem.txt; $b grep -c e poem.txt; $b grep -v e poem.txt; $b grep -i UPPER poem.txt; $b grep -w it poem.txt; $b grep -o '[a-z]*er' poem.txt; $b grep -E '^(a|b|c)[a-z]+,' table.csv
$b grep -F a.b poem.txt; echo $?; $b grep -l Lima *; $b grep -L Lima *; $b grep -rn Rome .; $b grep -A1 -B1 page poem.txt; $b grep -q zero poem.txt; echo $?; $b grep -m 2 e poem.txt; $b grep -x 'bert.*' table.csv; $b grep -e anna -e gus table.csv
$b egrep '(.)\1' poem.txt; $b fgrep -x 'fay,Oslo,77,42' table.csv; $b grep '\<t[a-z]*\>' -o poem.txt
$b sed 's/e/E/g; 3q' poem.txt; $b sed -n '2,4p' poem.txt; $b sed '/^$/d' poem.txt; $b sed -e '1!G;h;$!d' table.csv; $b sed -n '$=' poem.txt; $b sed 's/\([a-z]*\),\([A-Za-z]*\)/\2:\1/' table.csv; $b sed '2i\inserted' table.csv | $b head -n 4; $b sed '$a\appended' table.csv | $b tail -n 2; $b sed 'y/abc/xyz/' table.csv; $b sed -E 's/([0-9]+)/<\1>/2' table.csv; $b sed '1~2d' table.csv; $b sed -n '/anna/,/cleo/p' table.csv; $b sed 'N;s/\n/|/' table.csv; $b sed ':a;N;$!ba;s/\n/ /g' table.csv
$b cp table.csv t2; $b sed -i.bak 's/Oslo/OSLO/' t2; $b cat t2; $b sed -n 'l' poem.txt; $b sed '/bert/{s/4/5/;w out.txt
}' table.csv >/dev/null; $b sed 's/[^,]*/\U&/' table.csv | $b head -n 2; $b sed -s -n '1p' poem.txt table.csv

#: busybox awk
b=busybox
$b awk -F, 'NR>1{n[$2]++; s[$2]+=$3} END{for(c in n) print c, n[c], s[c]/n[c] | "sort"}' table.csv
$b awk '{ s += $1; if ($1 > m) m = $1 } END { printf "%d %d %.3f\n", s, m, s / NR }' numbers.txt
$b awk 'BEGIN { for (i = 0; i < 5; i++) printf "%s ", sin(i) + cos(i) * exp(i / 3) + log(i + 1) + sqrt(i) + atan2(i, 2); print "" }'
$b awk 'BEGIN { s = "the quick brown fox"; n = split(s, w); for (i = n; i > 0; i--) printf "%s ", w[i]; print length(s), index(s, "quick"), substr(s, 5, 5), toupper(s); gsub(/o/, "0", s); print s; print match(s, /b[a-z]*/), RSTART, RLENGTH }'
$b awk 'function f(n) { return n < 2 ? n : f(n - 1) + f(n - 2) } BEGIN { print f(15); print 2^10, 7 % 3, 1e6, 1/3, 100000 * 100000, int(-3.7); printf "%5.2f|%-8s|%03d|%x|%c|%e\n", 3.14159, "left", 7, 255, 65, 12345.678 }'
echo 'a:b:c' | $b awk -F: -v OFS=- '{ $1 = $1; print; print NF; $5 = "e"; print }'
$b awk 'BEGIN { while (("echo x; echo y" | getline line) > 0) print "got " line; while ((getline line < "table.csv") > 0) n++; print n; "date -u -d @0 +%Y" | getline y; print y }'
$b awk 'length > 30 { print FNR ": " $0 } /zero/,/price/ { print "range" }' poem.txt; $b awk 'BEGIN { printf "%s\n", "x" > "out"; print "y" >> "out"; close("out"); while ((getline l < "out") > 0) print l; exit 3 }'; echo $?
$b awk 'BEGIN { srand(1); x = rand(); print (x >= 0 && x < 1); a["x", 1] = 2; for (k in a) { split(k, p, SUBSEP); print p[1], p[2] }; delete a; print length(a); print strftime("%Y-%m-%d", 86400, 1), and(12, 10), or(12, 10), xor(12, 10), lshift(1, 8), (systime() > 1000) }'

#: busybox expr test seq factor bc dc
b=busybox
$b expr 3 + 4 \* 2; $b expr \( 3 + 4 \) \* 2; $b expr 17 % 5; $b expr abc : 'a\(.\)c'; $b expr length hello; $b expr substr hello 2 3; $b expr index hello l; $b expr 1 \> 2; echo $?; $b expr 5 / 0; echo $?
$b test 3 -lt 4; echo $?; $b [ a = b ]; echo $?; $b [[ abc == a* ]]; echo $?; $b test -e nothing; echo $?
$b seq 5; $b seq 2 3 14; $b seq -w 8 11; $b seq -s, 5 -1 1; $b seq 0.1 0.3 1.2
$b factor 12 97 1000000007 18446744073709551615 600851475143
echo '2^200; scale=30; 1/7; sqrt(2); a=5; b=3; a%b; (a+b)*2; define f(x){ if (x<2) return 1; return x*f(x-1)}; f(30); ibase=16; FF; obase=2; 9' | $b bc
echo 'scale=20; s(1); c(1); a(1)*4; l(10); e(1); for (i=0;i<3;i++) i^3' | $b bc -l
echo '5 3 + p 2 10 ^ p 20 k 2 v p 1 2 3 f c 16 o 255 p 7 3 ~ f' | $b dc; $b dc -e '2 3 ^ p'

#: busybox checksums
b=busybox
for a in md5sum sha1sum sha256sum sha512sum sha3sum crc32; do echo $a; $b $a poem.txt numbers.txt; done
$b md5sum poem.txt table.csv > sums; $b md5sum -c sums; echo changed >> table.csv; $b md5sum -c sums; echo $?; $b sha256sum < /dev/null
$b seq 20000 | $b sha512sum; $b seq 20000 | $b md5sum; $b cksum poem.txt; $b sum poem.txt

#: busybox base64 uuencode dos2unix expand fold
b=busybox
$b base64 poem.txt; $b base64 poem.txt | $b base64 -d | $b cmp - poem.txt && echo same; $b base64 -w 20 table.csv
$b uuencode poem.txt name; $b uuencode -m table.csv t > uu; $b uudecode -o back uu; $b cmp back table.csv && echo same
$b unix2dos < table.csv | $b od -c | $b head -n 3; $b unix2dos < table.csv > dos; $b dos2unix dos; $b cmp dos table.csv; echo $?
$b expand poem.txt | $b tail -n 5; $b expand -t 4 poem.txt | $b tail -n 5; printf '        x       y\n' | $b unexpand -a | $b od -c; $b fold -w 20 poem.txt; $b fold -s -w 20 poem.txt; $b fold -b -w 33 poem.txt | $b head -n 2

#: busybox files | quick
b=busybox
$b mkdir -p a/b/c; $b mkdir -m 700 private; $b touch a/f1 a/b/f2; $b cp poem.txt a/; $b cp -r a copy; $b cp -p table.csv kept; $b ln -s a/f1 link; $b ln poem.txt hard; $b mv table.csv moved.csv
$b readlink link; $b readlink -f link | $b sed 's/.*programs[^/]*//'; $b realpath ./a/../a/b | $b sed 's/.*programs[^/]*//'; $b ls a copy; $b ls -1 -p; $b ls -R a; $b stat -c '%n %s %a %h %F %U' poem.txt link; $b stat -c '%n %a %h %F %U' a private
$b chmod 640 kept; $b chmod -R go-w a; $b chmod u+s,g=rx kept; $b stat -c %a kept; $b du -s a | $b cut -f2; $b basename /x/y.txt .txt; $b dirname /x/y.txt
$b find . -type f | $b sort; $b find . -name 'f*' -print0 | $b xargs -0 -n1 echo | $b sort; $b find a -type d -exec echo dir {} \; | $b sort; $b find . -size +0 -type f -maxdepth 1 | $b sort; $b find . -newer nothing; echo $?; $b find . -links 2 -type f | $b sort; $b find . -perm 700
$b rm a/f1; $b rm -rf copy; $b rmdir a/b/c; $b rmdir a; echo $?; $b unlink hard; $b mkfifo pipe; ($b echo through > pipe &); $b cat pipe; $b mktemp -u tmp.XXXXXX | $b wc -c; $b truncate -s 100 t; $b stat -c %s t; $b fallocate -l 5000 fa; $b stat -c %s fa; $b shred -n 1 -u fa; $b ls fa; $b tee t1 t2 < poem.txt | $b tail -n 1; $b cmp t1 t2; $b install -m 755 poem.txt inst; $b ls -l inst | $b cut -c1-10; $b sync; $b ls -a private; $b nuke a; $b ls a; $b touch -d '2020-01-02 03:04:05' old; $b stat -c %Y old; $b date -r old; $b which sh ls nothing; $b mknod fifo p; $b fsync poem.txt

#: busybox dd split-like
b=busybox
$b dd if=poem.txt of=o1 bs=10 count=3 skip=2 2>&1 | $b grep records; $b cat o1; echo; $b dd if=poem.txt bs=1 count=5 2>/dev/null; echo; echo XYZ | $b dd of=o1 bs=1 seek=5 conv=notrunc 2>/dev/null; $b cat o1; echo; $b dd if=/dev/zero bs=64k count=20 2>/dev/null | $b wc -c; $b dd if=table.csv conv=ucase 2>/dev/null; $b dd if=poem.txt conv=swab bs=2 count=10 2>/dev/null; echo; $b dd if=/dev/zero of=sparse bs=1 count=1 seek=100000 2>/dev/null; $b stat -c %s sparse; $b split -l 3 table.csv part.; $b split -b 100 poem.txt byte.; $b ls; $b cat part.*

#: busybox diff patch
b=busybox
$b sed 's/bert/BERT/; /dora/d; $a\hugo,Bonn,1,1' table.csv > new.csv
$b diff table.csv new.csv; echo $?; $b diff -u -L a -L b table.csv new.csv > p; $b cat p; $b cp table.csv work.csv; $b patch work.csv p; $b cmp work.csv new.csv && echo same; $b patch -R work.csv p; $b cmp work.csv table.csv && echo same; $b diff -q table.csv new.csv; $b mkdir d1 d2; echo 1 > d1/x; echo 2 > d2/x; echo 3 > d2/y; $b diff -rN d1 d2 | $b grep -v '^[-+][-+]'; $b diff -i -w -B poem.txt poem.txt; echo $?; $b patch -p0 < nothing; echo $?
#: replace /\t20\d\d-.*$/ 

#: busybox gzip bzip2 xz lzma compress
b=busybox
for z in gzip bzip2; do $b $z -c numbers.txt > n.$z; $b $z -dc n.$z | $b cmp - numbers.txt && echo same $z; $b $z -k -9 poem.txt; done; $b ls; $b gunzip -t poem.txt.gz; echo $?; $b zcat poem.txt.gz | $b md5sum; $b bzcat poem.txt.bz2 | $b md5sum
seq 20000 | xz -c > s.xz; $b xzcat s.xz | $b md5sum; seq 20000 | xz --format=lzma -c > s.lzma; $b lzcat s.lzma | $b md5sum; $b unxz -k s.xz; $b md5sum s; $b unlzma -c s.lzma | $b tail -n 1; echo garbage | $b gunzip; echo $?; echo garbage | $b bunzip2; echo $?; $b rm -f poem.txt; $b gunzip poem.txt.gz; $b md5sum poem.txt; $b lzop -c numbers.txt | $b lzop -dc | $b md5sum; seq 5000 | gzip | $b head -c 500 | $b gunzip | $b tail -n 1; printf '\037\235\220\141\304\004' | $b uncompress -c 2>&1 | $b od -c
#: replace /^.*\.gz: .*$/ 

#: busybox tar cpio ar unzip
b=busybox
$b mkdir -p d/e; $b cp poem.txt d/; $b cp table.csv d/e/; $b ln -s e/table.csv d/l; $b chmod 600 d/poem.txt
$b tar cf a.tar d; $b tar tf a.tar | sort; $b tar tvf a.tar | $b cut -c1-20 | sort; $b mkdir x; $b tar xf a.tar -C x; $b diff -r d x/d && echo same; $b tar czf a.tgz d; $b tar tzf a.tgz | sort; $b tar cjf a.tbz d; $b tar xjOf a.tbz d/poem.txt | $b md5sum; $b tar cf - d --exclude e | $b tar tf - | sort; $b tar xvf a.tar -C x d/e; $b tar rf a.tar x; echo $?; $b tar xf nothing; echo $?
$b find d | $b sort | $b cpio -o -H newc > a.cpio 2>/dev/null; $b cpio -t < a.cpio; $b mkdir y; cd y; $b cpio -id < ../a.cpio; cd ..; $b diff -r d y/d && echo same; ar rcD lib.a poem.txt table.csv; $b ar t lib.a; $b ar p lib.a table.csv | $b md5sum; $b ar x lib.a; echo UEsDBAoAAAAAAAAAIQDFUwJfBgAAAAYAAAAFAAAAYS50eHRoZWxsbwpQSwECHgMKAAAAAAAAACEAxVMCXwYAAAAGAAAABQAAAAAAAAABAAAApIEAAAAAYS50eHRQSwUGAAAAAAEAAQAzAAAAKQAAAAAA | $b base64 -d > z.zip; $b unzip -p z.zip; $b unzip z.zip
rm -f a.tar a.tgz a.tbz a.cpio

#: busybox xargs tee yes env printf echo
b=busybox
$b seq 10 | $b xargs; $b seq 10 | $b xargs -n 3; $b seq 3 | $b xargs -I{} echo "<{}>"; echo "a 'b c' d" | $b xargs -n1; printf 'x\0y z\0' | $b xargs -0 -n1; $b seq 5 | $b xargs -t -n 2 echo; $b echo 1 | $b xargs sh -c 'exit 255'; echo $?; $b yes | $b head -n 3; $b yes no | $b head -n 2
$b env -i A=1 B=2 busybox env; $b env -u HOME sh -c 'echo ${HOME-unset}'; $b printf '%s %d %5.1f %x %o %c %b\n' str 42 2.5 255 8 Z 'a\tb'; $b printf '%s-' 1 2 3; echo; $b echo -e 'a\tb\x41\0101'; $b echo -n x; $b printf '%q\n' x; $b printenv TERM; $b nohup echo hup 2>/dev/null; $b true; echo $?; $b false; echo $?; $b usleep 1000; $b sleep 0.01; $b timeout 0.2 sleep 5; echo $?; $b timeout 5 true; echo $?; $b timeout -s KILL 0.2 sleep 5; echo $?

#: busybox date cal uname id who
b=busybox
$b date -u -d @1234567890; $b date -u -d '2021-03-04 05:06:07' '+%Y%m%d %H:%M:%S %j %a %b %e %s %u %W'; $b date -u -d 2020.02.29-12:00 +%F; TZ=Europe/Berlin $b date -d @1600000000; TZ=EST5EDT $b date -d @1600000000; $b date -u -I -d @0; $b date -u -R -d @0; $b cal 2 2024; $b cal -m 10 2023; $b cal 1999 | $b head -n 10
$b uname -s -m; $b arch; $b id; $b id -u; $b id -un; $b whoami; $b groups; $b logname; $b who; $b id nobody; $b nproc | $b grep -c '[0-9]'; $b hostid | $b wc -c; $b tty; $b stty; echo $?; $b ttysize; $b getopt ab:c -a -b x rest; eval set -- "$($b getopt -o ab: -l alpha,beta: -- --alpha -b 'x y' z)"; echo "$@"; $b users; $b w | $b wc -l
#: replace /^uid=.*groups.*$/ uid

#: busybox processes
b=busybox
$b sleep 30 & p=$!; $b kill -0 $p; echo $?; $b kill $p; wait $p; echo $?; $b sleep 30 & p=$!; $b kill -STOP $p; $b sleep 0.1; $b grep State /proc/$p/status; $b kill -CONT $p; $b kill -9 $p; wait $p; echo $?; $b kill -l | $b head -n 3; $b kill -l 15; $b pidof nothing; echo $?; $b nice; $b nice -n 5 busybox nice; $b renice 3 $$ > /dev/null; $b nice; $b setsid sh -c 'echo session'; $b time true 2>&1 | $b cut -f1; $b ps -o pid,comm > /dev/null; echo $?; $b ps | $b grep -c PID; $b pgrep -x nothing; echo $?; $b top -b -n 1 | $b grep -c PID; $b free | $b grep -c Mem; $b uptime | $b grep -c load; $b pwdx $$ | $b sed 's/.*programs[^/]*//'; $b pmap $$ | $b grep -c bash; $b chrt -p $$ | $b sed 's/pid [0-9]*/pid/'; $b taskset 1 true; echo $?; $b ionice -c 3 true; echo $?; $b watch -n 1 -t true < /dev/null & p=$!; $b sleep 0.2; kill $p; wait $p 2> /dev/null; $b killall -0 nothing; echo $?; $b start-stop-daemon -S -x /bin/echo -- started; $b setpriv -d | $b head -n 2; $b flock poem.txt echo locked; $b linux32 uname -m; $b linux64 uname -m; $b chroot / true; echo $?; $b fsfreeze 2>/dev/null; echo $?; $b svok nothing; echo $?
#: replace /^\x1b.*$/ 

#: busybox less more clear | stderr=ignore
b=busybox
$b less poem.txt | $b md5sum; $b more poem.txt < /dev/null | $b md5sum; $b clear | $b od -c; $b reset | $b od -c; printf 'a\nb\n' | $b microcom 2>/dev/null; echo $?

#: busybox images of file systems | stderr=ignore
b=busybox
$b truncate -s 4M img; $b mke2fs -F img > /dev/null; echo $?; $b blkid img | $b cut -d' ' -f3-; $b truncate -s 2M fat; $b mkdosfs fat; echo $?; $b truncate -s 1M swap; $b mkswap swap | $b cut -d' ' -f1-4; $b fdisk -l img; echo $?; $b fatattr nothing; echo $?; $b findfs LABEL=none; echo $?; $b od -An -tx1 -j 1080 -N 2 img; $b rm img fat swap
#: replace /UUID=\S*/ UUID

#: busybox networking without a network | stderr=ignore
b=busybox
$b ipcalc -bnmp 192.168.1.17/26; $b ipcalc -s 10.0.0.1 255.255.240.0 -n; $b mkpasswd -m sha512 -S abcdefgh secret; $b mkpasswd -m md5 -S abcdefgh secret; $b mkpasswd -m sha256 -S saltsalt secret; $b mkpasswd -m des -S ab secret; $b run-parts --test /nonexistent; echo $?; $b mkdir parts; printf '#!/bin/sh\necho part $1\n' > parts/one; $b chmod 755 parts/one; $b run-parts -a arg parts; $b nc -w 1 127.0.0.1 1; echo $?; $b dnsdomainname | $b wc -l; $b getopt; echo $?; $b cttyhack true; echo $?; $b sysctl kernel.ostype; $b dumpleases -f nothing; echo $?; $b tftp; echo $?; $b xxd -i table.csv | $b head -n 3; $b ts '%Y' < table.csv | $b wc -l; $b cryptpw -m md5 -S xx secret; $b mim 2>/dev/null; echo $?; $b rpm -qi nothing; echo $?

#: busybox all applets say their usage | seconds=120
for a in $(busybox --list); do
  case $a in
    init|linuxrc|reboot|halt|poweroff|sh|ash|yes|watchdog|getty|login|hush|cttyhack|switch_root|run-init|klogd|syslogd|acpid|crond|httpd|udhcpd|ftpd|inetd|telnetd|[|[[|test|true|false|echo|printf|vi|bc|dc|microcom|ubirename|uevent|start-stop-daemon|free) continue;;
  esac
  busybox $a --help 2>&1 | md5sum | cut -c1-8 | tr '\n' ' '; echo $a ${PIPESTATUS[0]}
done

#: busybox hush of commands, 300 processes | seconds=60 shell=busybox+sh
i=0; while [ $i -lt 100 ]; do busybox echo $i | busybox cat; i=$((i + 1)); done | busybox md5sum

#: busybox servers on the loopback | seconds=60
b=busybox; mkdir www; cp poem.txt www/; printf '#!/bin/sh\necho; echo "cgi $QUERY_STRING $REQUEST_METHOD"\n' > www/x.cgi; mkdir www/cgi-bin; mv www/x.cgi www/cgi-bin/; chmod 755 www/cgi-bin/x.cgi
$b httpd -f -p 127.0.0.1:34571 -h www & p=$!; sleep 0.5; $b wget -q -O - http://127.0.0.1:34571/poem.txt | md5sum; $b wget -q -O - 'http://127.0.0.1:34571/cgi-bin/x.cgi?a=1'; $b wget -q http://127.0.0.1:34571/none; echo $?; printf 'GET /poem.txt HTTP/1.0\r\nRange: bytes=0-9\r\n\r\n' | $b nc 127.0.0.1 34571 | head -n 1; kill $p; wait $p 2> /dev/null
sleep 2 | $b nc -l -p 34572 > got & sleep 0.5; echo by nc | $b nc -w 2 127.0.0.1 34572; wait; cat got; $b telnet 127.0.0.1 1 2>&1 | tail -n 1; $b wget -q -O - http://127.0.0.1:1/; echo $?; $b ftpget -p 1 127.0.0.1 x y 2> /dev/null; echo $?

#: busybox owners, devices and what is refused | stderr=ignore
b=busybox; $b chown 1:2 poem.txt; $b chgrp 3 poem.txt; $b stat -c '%u:%g' poem.txt; $b chown nosuchuser poem.txt; echo $?; $b ascii | head -n 4; $b nologin < /dev/null; echo $?; $b df -P . | wc -l; $b hostname | wc -l; $b mt status; echo $?; $b losetup nothing; echo $?; $b blockdev --getsz poem.txt; echo $?; $b mount -t none none /nonexistent; echo $?; $b umount /nonexistent; echo $?; $b swapon nothing; echo $?; $b insmod nothing; echo $?; $b modinfo nothing; echo $?; $b rmmod nothing; echo $?; $b lsmod | head -n 1 | cut -c1-6; $b fstrim nothing; echo $?; $b blkdiscard poem.txt; echo $?; $b partprobe nothing; echo $?; $b pivot_root x y; echo $?; $b nsenter -t 999999; echo $?; $b setkeycodes; echo $?; $b svc -u nothing; echo $?; $b devmem; echo $?; $b i2cdetect 99; echo $?; $b last -f /dev/null; $b rdate; echo $?; $b rpm2cpio poem.txt; echo $?; $b ssl_client; echo $?; $b nameif -c none; echo $?; $b resume; echo $?; $b udhcpc -i none0 -n -q; echo $?; $b ifconfig none0; echo $?; $b ip link show none0; echo $?; $b arp -n none; echo $?; $b brctl show none; echo $?; $b vconfig; echo $?; $b ping -c 1 none.invalid; echo $?; $b tail -n 1 /etc/passwd | wc -l; $b dd if=/dev/full of=/dev/null bs=10 count=1; echo $?; $b logger x < /dev/null; $b readahead poem.txt; echo $?; $b mesg; echo $?
