# Languages: interpreters, compilers and their run-time systems.

#: perl language | quick seconds=120
cat > t.pl <<'END'
use strict; use warnings;
my %h; open my $f, '<', 'poem.txt' or die; while (<$f>) { chomp; $h{lc $_}++ for /\w+/g } close $f;
printf "%-8s %d\n", $_, $h{$_} for (sort { $h{$b} <=> $h{$a} || $a cmp $b } keys %h)[0..9];
my @s = map { [$_, length] } grep { /e/ } split /\s+/, 'one two three eleven seven'; print join(',', map { "@$_" } sort { $b->[1] <=> $a->[1] } @s), "\n";
(my $t = "The quick brown fox") =~ s/(\w+)/ucfirst reverse lc $1/ge; print "$t\n";
print "$1-$2-$3\n" if '2024-02-29' =~ /^(?<y>\d{4})-(\d\d)-(\d\d)$/ and $+{y} == 2024; print join('|', 'aXbXXc' =~ /[^X]+/g), "\n";
sub fact { my $n = shift; $n <= 1 ? 1 : $n * fact($n - 1) } print fact(20), " ", fact(25), " ", 2**0.5, " ", 1e21, " ", 10 / 3, " ", -7 % 3, " ", 1 <=> 2, "\n";
my @sorted = sort { $a <=> $b } map { ($_ * 7919) % 1009 } 1..1000; print "@sorted[0..5] $#sorted\n";
local $@; eval { die { code => 42 } }; print "died $@->{code}\n"; eval { my $x = 1 / (shift // 0) }; print $@ =~ s/ at .*//sr, "\n";
package Point { sub new { my ($c, %a) = @_; bless {%a}, $c } sub add { my ($s, $o) = @_; Point->new(x => $s->{x} + $o->{x}, y => $s->{y} + $o->{y}) } use overload '+' => \&add, '""' => sub { "($_[0]{x}, $_[0]{y})" }; }
print Point->new(x => 1, y => 2) + Point->new(x => 10, y => 20), "\n";
my $c = do { my $n = 0; sub { ++$n } }; $c->() for 1..4; print $c->(), "\n"; print sprintf("%vd %b %o %x %e %g %s", '1.22.333', 10, 64, 255, 12345.678, 0.0001, 'x' x 3), "\n";
print pack('NnCa4w/a*', 1, 2, 3, 'abcd', 'hello') =~ s/(.)/sprintf '%02x', ord $1/sger, " ", join(',', unpack 'N n C', "\0\0\0\1\0\2\3"), "\n";
my $pid = fork; if (!$pid) { exit 7 } waitpid $pid, 0; print $? >> 8, "\n"; print `echo from a shell`; pipe my $r, my $w; if (!fork) { print $w "child\n"; exit } close $w; print <$r>; wait;
$SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 5; }; print $@; my $u = "\x{e9}\x{3b1}\x{65e5}"; utf8::encode(my $v = $u); print length $u, length $v, "\n"; print "\U\x{e9}" eq "\x{c9}" ? '' : 'no ', "done\n";
format STDOUT =
@<<<<<< @>>>>> @##.##
'left', 'right', 3.14159
.
write;
END
perl t.pl; perl -ne 'print if /anna/../cleo/' table.csv; perl -F, -lane 'print $F[1] if $F[2] > 30' table.csv; perl -pi.bak -e 's/Lima/LIMA/' table.csv; perl -e 'exit 300 % 256'; echo $?; perl -e 'kill 9, $$'; echo $?; perl -we 'print undef + 1' 2>&1

#: perl core modules
cat > t.pl <<'END'
use strict; use warnings; use List::Util qw(sum max first shuffle reduce uniq); use Scalar::Util qw(blessed reftype weaken looks_like_number); use POSIX qw(floor ceil fmod strftime LONG_MAX DBL_MAX setlocale); use Data::Dumper; use Digest::MD5 'md5_hex'; use Digest::SHA qw(sha1_hex sha256_hex sha512_base64); use MIME::Base64; use Storable qw(freeze thaw dclone); use JSON::PP; use Time::Local; use File::Temp 'tempfile'; use File::Spec; use File::Find; use Encode; use Math::BigInt; use Math::BigFloat; use Text::Wrap; use Text::ParseWords; use Time::HiRes 'time'; use IO::Socket::UNIX; use IO::Select; use Socket; use Compress::Zlib; use Tie::File; use Sys::Hostname; use Getopt::Long; use Unicode::Normalize; use Benchmark ();
print sum(1..100), max(3, 9, 2), first { $_ > 3 } (1..9); print "\n", (reduce { $a * $b } 1..10), "\n", floor(-2.5), ceil(2.1), fmod(10, 3), strftime('%Y-%m-%d %j %U', gmtime 86400 * 366), "\n", LONG_MAX, " ", DBL_MAX, "\n";
$Data::Dumper::Sortkeys = 1; print Dumper({ a => [1, 'two', undef], b => { c => \'s' } }); print md5_hex('abc'), ' ', sha1_hex('abc'), ' ', sha256_hex('abc' x 1000), ' ', sha512_base64('x'), "\n";
print encode_base64("hello \x01 world" x 8); print JSON::PP->new->canonical->pretty->encode({ x => [1, 2.5, "\x{e9}\n", JSON::PP::true], y => undef }); my $d = decode_json('{"a":[1,{"b":"c"}]}'); print $d->{a}[1]{b}, "\n";
my $t = thaw freeze { k => [1 .. 5] }; print "@{$t->{k}}\n"; print timegm(0, 0, 0, 29, 1, 2024), "\n"; print Math::BigInt->new(2)->bpow(200), " ", Math::BigFloat->new(2)->bsqrt(60), " ", Math::BigInt->new('123456789012345678901234567890')->bmod(97), "\n";
print wrap('', '  ', 'word ' x 30), "\n"; print join('|', shellwords(q{a "b c" d\ e 'f'})), "\n"; my $z = Compress::Zlib::memGzip('abc' x 5000); print length(Compress::Zlib::memGunzip($z)), "\n";
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die; if (!fork) { print $a "over a socket\n"; exit } close $a; print <$b>; wait; my $s = IO::Socket::UNIX->new(Local => 's.sock', Listen => 1) or die; if (!fork) { my $c = IO::Socket::UNIX->new(Peer => 's.sock') or die; print $c "hi\n"; print scalar <$c>; exit } my $c = $s->accept; print 'got ', scalar <$c>; print $c "back\n"; close $c; wait;
tie my @lines, 'Tie::File', 'table.csv'; print scalar @lines, $lines[2], "\n"; $lines[2] = 'changed'; untie @lines; print NFD("\x{e9}") eq "e\x{301}" ? "nfd\n" : "no\n"; print encode('UTF-8', decode('iso-8859-1', "\xe9")) eq "\xc3\xa9" ? "enc\n" : "no\n"; my @f; find(sub { push @f, $_ if -f }, '.'); print join(' ', sort @f), "\n";
@ARGV = qw(--num=5 --list a --list b rest); GetOptions('num=i' => \my $num, 'list=s' => \my @list); print "$num @list @ARGV\n";
END
perl t.pl

#: perl its own checks of syntax and documents | seconds=300
for m in CPAN Pod::Simple File::Copy Module::CoreList charnames Unicode::UCD Test::More threads; do perl -M$m -e "print qq($m ok\n)" || echo $m no; done
perl -Mthreads -Mthreads::shared -e 'my $n :shared = 0; my @t = map { threads->create(sub { for (1..200) { lock $n; $n++ } $_[0] * 2 }, $_) } 1..4; print join(",", map { $_->join } @t), " $n\n"'
perl -MTest::More=no_plan -e 'is(1 + 1, 2, "sum"); like("abc", qr/b/, "like"); is_deeply([1, { a => 2 }], [1, { a => 2 }], "deep")'; perl -MPod::Usage -MPod::Text -e 'Pod::Text->new->parse_string_document("=head1 NAME\n\nx - B<bold> I<it>\n\n=over 4\n\n=item * one\n\n=back\n")'; perl -MO=Deparse -e 'print map { $_ * 2 } grep { $_ % 2 } @ARGV if @ARGV' 2>&1; perl -c poem.txt 2>&1 | tail -n 1

#: python3 language | quick needs=/usr/bin/python3 seconds=120
cat > t.py <<'END'
import asyncio, collections, dataclasses, datetime, decimal, enum, fractions, functools, heapq, itertools, json, math, os, re, statistics, string, struct, sys, textwrap, zlib, hashlib, random, typing
print(sys.version_info[:2], sys.byteorder, sys.maxsize, sys.float_info.max, sys.hash_info.width)
words = collections.Counter(re.findall(r'\w+', open('poem.txt', encoding='utf-8').read().lower())); print(sorted(words.items(), key=lambda kv: (-kv[1], kv[0]))[:8])
@dataclasses.dataclass(order=True)
class P: x: int; y: int = 0
print(sorted([P(3), P(1, 2), P(1)]), P(1) == P(1, 0)); print(2**200, -7 // 2, -7 % 3, 7.0 // 2, divmod(-17, 5), 10**30 // 7**11, pow(3, 1000, 10**9 + 7), int('ff' * 20, 16), (1 << 100) ^ 12345)
print(0.1 + 0.2, 1e308 * 10, float('nan'), round(2.5), round(-1.25, 1), math.sqrt(2), math.sin(1e10), math.gamma(5.5), math.fsum([.1] * 10), math.isqrt(10**40), 1e16 + 1, repr(1/3), float.hex(0.1), math.lgamma(0.1), math.erf(0.3), math.exp(-700), math.log(10), math.pow(1.1, 100), math.atan2(1, -1), math.cosh(3.3), math.expm1(1e-10))
print(decimal.Decimal(2).sqrt(decimal.Context(prec=50)), fractions.Fraction(355, 113) + fractions.Fraction(1, 7), statistics.stdev([1, 2, 4, 8]), list(itertools.islice(itertools.permutations('abcd', 2), 5)))
random.seed(42); print([random.randint(0, 1000) for _ in range(8)], random.random(), random.gauss(0, 1), random.sample(range(100), 5)); print(hashlib.sha256(b'abc').hexdigest(), hashlib.blake2b(b'x', digest_size=16).hexdigest(), hashlib.md5(b'a' * 10000).hexdigest(), hashlib.sha3_256(b'').hexdigest(), zlib.crc32(b'hello'), zlib.adler32(b'hello'))
def gen():
    x = yield 1
    while x: x = yield x * 2
g = gen(); print(next(g), g.send(5), g.send(7)); print(f'{math.pi:10.4f}|{255:#x}|{1234567:,}|{"a":^9}|{0.000123:e}|{"é"!r}|{b"x"}')
try: [][1]
except IndexError as e: print(type(e).__name__, e)
try:
    raise ExceptionGroup('g', [ValueError(1), TypeError(2)])
except* ValueError as eg: print(eg.exceptions)
except* TypeError as eg: print(eg.exceptions)
match {'k': [1, 2, {'z': 3}]}:
    case {'k': [a, b, {'z': c}]}: print(a, b, c)
async def work(n): await asyncio.sleep(n / 100); return n
async def main(): print(await asyncio.gather(*(work(i) for i in (3, 1, 2)))); p = await asyncio.create_subprocess_exec('echo', 'sub', stdout=-1); print(await p.communicate())
asyncio.run(main()); print(struct.pack('<ihq?d', 1, -2, 3, True, 1.5).hex(), json.dumps({'a': [1, None, 1.5, 'é']}, sort_keys=True), datetime.date(2024, 2, 29) + datetime.timedelta(366), datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc).timestamp(), textwrap.fill('word ' * 20, 30))
@functools.lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(300)); print(sum(i * i for i in range(100000)), ''.join(sorted(string.ascii_letters, key=str.lower))[:10], [*map(lambda x: x ** 3, filter(lambda x: x % 2, range(10)))])
r, w = os.pipe()
if os.fork() == 0: os.write(w, b'child'); os._exit(3)
print(os.read(r, 10), os.waitstatus_to_exitcode(os.wait()[1])); import threading, queue; q = queue.Queue(); ts = [threading.Thread(target=lambda i=i: q.put(i * i)) for i in range(8)]; [t.start() for t in ts]; [t.join() for t in ts]; print(sorted(q.get() for _ in ts))
sys.exit(5)
END
/usr/bin/python3 t.py; echo $?; echo 'import sys; print(sys.argv)' | /usr/bin/python3 - a b; /usr/bin/python3 -c 'raise SystemExit("bye")'; /usr/bin/python3 -c '1/0' 2>&1; /usr/bin/python3 -c 'import os; os.abort()'; echo $?; /usr/bin/python3 -W error -c 'import this' | head -n 3; /usr/bin/python3 -m json.tool <<< '{"b": [1, 2], "a": {}}'

#: python3 library | needs=/usr/bin/python3 seconds=300
cat > t.py <<'END'
import sqlite3, subprocess, tempfile, shutil, glob, pathlib, csv, io, gzip, bz2, lzma, tarfile, zipfile, pickle, socket, select, selectors, signal, mmap, multiprocessing as mp, concurrent.futures as cf, ctypes, xml.etree.ElementTree as ET, html.parser, urllib.parse, email.message, configparser, difflib, ast, dis, inspect, unicodedata, locale, time, os, secrets, uuid, base64, binascii, fcntl, resource, pwd, grp, stat, errno, contextlib, logging, unittest, timeit, calendar, ipaddress, shelve, array, copy, weakref, gc, traceback, http.server, ssl, threading, curses, readline, platform
c = sqlite3.connect(':memory:'); c.execute('create table t(a integer primary key, b text, c real)'); c.executemany('insert into t(b,c) values(?,?)', [(str(i) * 3, i / 7) for i in range(2000)]); print(c.execute('select count(*), sum(c), max(b), group_concat(a) from t where a % 500 = 0').fetchall())
for m in (gzip, bz2, lzma): d = m.compress(b'data' * 10000); print(m.__name__, len(d) < 1000, m.decompress(d) == b'data' * 10000)
with tarfile.open('t.tar.xz', 'w:xz') as t: t.add('poem.txt')
print(tarfile.open('t.tar.xz').getnames()); os.remove('t.tar.xz'); b = io.BytesIO(); z = zipfile.ZipFile(b, 'w', zipfile.ZIP_DEFLATED); z.writestr('a/b.txt', 'x' * 999); z.close(); print(zipfile.ZipFile(b).testzip(), zipfile.ZipFile(b).namelist())
print(pickle.loads(pickle.dumps({'a': [1, (2, {3}), 4.5, b'x', None]}))); print(subprocess.run(['tr', 'a-z', 'A-Z'], input=b'upper', capture_output=True).stdout, subprocess.call('exit 9', shell=True), subprocess.Popen(['sleep', '10']).poll())
a, s = socket.socketpair(); a.sendall(b'hello'); print(s.recv(9), select.select([s], [a], [], 0)[1] == [a]); a.close(); print(s.recv(1))
m = mmap.mmap(-1, 8192); m[:5] = b'first'; pid = os.fork()
if pid == 0: m[5:11] = b' child'; os._exit(0)
os.waitpid(pid, 0); print(m[:11]); libc = ctypes.CDLL(None); libc.strlen.restype = ctypes.c_size_t; print(libc.strlen(b'four'), ctypes.sizeof(ctypes.c_long)); cb = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))(lambda x, y: x[0] - y[0]); arr = (ctypes.c_int * 5)(5, 3, 9, 1, 7); libc.qsort(arr, 5, 4, cb); print(list(arr)); libm = ctypes.CDLL('libm.so.6'); libm.cos.restype = ctypes.c_double; libm.cos.argtypes = [ctypes.c_double]; print(libm.cos(2.0))
def sq(x): return x * x
if __name__ == '__main__':
    with mp.get_context('fork').Pool(3) as p: print(p.map(sq, range(10)))
    with cf.ThreadPoolExecutor(4) as ex: print(list(ex.map(sq, range(10))))
    with cf.ProcessPoolExecutor(2) as ex: print(list(ex.map(sq, range(5))))
    q = mp.Queue(); p = mp.Process(target=q.put, args=({'from': 'child'},)); p.start(); print(q.get()); p.join(); print(p.exitcode)
    got = []; signal.signal(signal.SIGUSR1, lambda n, f: got.append(n)); os.kill(os.getpid(), signal.SIGUSR1); signal.setitimer(signal.ITIMER_REAL, 0.05); signal.signal(signal.SIGALRM, lambda n, f: got.append(n)); signal.pause(); print(got)
    print(ET.tostring(ET.fromstring('<a x="1"><b>t</b></a>')), urllib.parse.urlparse('http://h:8/p?q=1#f'), unicodedata.name('é'), unicodedata.normalize('NFD', 'é').encode(), uuid.uuid5(uuid.NAMESPACE_DNS, 'x.org'), base64.b85encode(b'hello'), ipaddress.ip_network('10.0.0.0/30').num_addresses, calendar.month(2024, 2))
    print(list(difflib.unified_diff(['a', 'b'], ['a', 'c'])), ast.dump(ast.parse('x+1')), array.array('d', [1, 2]).tobytes().hex()); dis.dis(lambda x: x + 1)
    print(resource.getrlimit(resource.RLIMIT_CORE)[0] >= -1, pwd.getpwuid(0).pw_name, stat.filemode(os.stat('.').st_mode), os.path.getsize('poem.txt'), pathlib.Path('table.csv').read_text().count('\n'), locale.setlocale(locale.LC_ALL, ''), ssl.OPENSSL_VERSION[:9], time.strftime('%F', time.gmtime(0)))
END
/usr/bin/python3 t.py
#: replace /0x[0-9a-f]+/ ADDRESS

#: python3 test_json | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_json 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_re | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_re 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_struct | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_struct 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_math | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_math 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_hashlib | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_hashlib 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_mmap | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w -u largefile test_mmap 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_threading | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_threading 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_subprocess | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_subprocess 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_signal | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_signal 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_os | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m test -w test_os 2>&1
#: replace /^(\d+:\d+:\d+ load avg|Total duration).*/ $1
#: replace /^(test_\w+ passed in|Executing <.* took) .*\n/ 

#: python3 test_socket, what needs no network | needs=/usr/bin/python3,/usr/lib/python3.11/test/test_json/__init__.py seconds=600
/usr/bin/python3 -m unittest -v test.test_socket.{BasicSocketPairTest,BasicTCPTest,BasicUDPTest,RecvmsgIntoUnixStreamTest,RecvmsgUnixStreamTest,SendmsgUnixStreamTest,SocketPairTest,TestUnixDomain} 2>&1
#: replace /in [\d.]+s$/ in N s

#: gcc, a small program | quick needs=gcc seconds=300
printf '#include <stdio.h>\nint main(int argc, char **argv) { printf("hello from %%s, %%.17g\\n", argv[0], argc / 3.0); return 42; }\n' > a.c; gcc -O1 a.c -o a && ./a 1 2; echo $?; gcc -O2 -static a.c -o s && ./s; echo $?

#: gcc compiles and runs C | needs=gcc seconds=600
cat > a.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <stdint.h>
struct node { int key; struct node *left, *right; };
static struct node *insert(struct node *n, int key) {
  if (!n) { n = calloc(1, sizeof *n); n->key = key; return n; }
  if (key < n->key) n->left = insert(n->left, key); else n->right = insert(n->right, key);
  return n;
}
static void walk(struct node *n, int depth, long *sum) { if (!n) return; walk(n->left, depth + 1, sum); *sum = *sum * 31 + n->key * depth; walk(n->right, depth + 1, sum); }
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv) {
  struct node *root = 0; long sum = 0; uint32_t x = 12345;
  for (int i = 0; i < 5000; i++) { x = x * 1103515245 + 12345; root = insert(root, x >> 8); }
  walk(root, 1, &sum); printf("%ld\n", sum);
  int a[1000]; for (int i = 0; i < 1000; i++) a[i] = (i * 7919) % 1009; qsort(a, 1000, sizeof *a, compare); printf("%d %d %d\n", a[0], a[500], a[999]);
  double d = 0; for (int i = 1; i < 10000; i++) d += sin(i) / i; printf("%.17g %a %Lg\n", d, d, (long double)d / 3);
  float f = 0; for (int i = 1; i < 1000; i++) f += 1.0f / i; printf("%.9g\n", f);
  unsigned __int128 w = 1; for (int i = 1; i < 34; i++) w *= i; printf("%llx%016llx\n", (unsigned long long)(w >> 64), (unsigned long long)w);
  char s[64]; snprintf(s, sizeof s, "%s-%05d-%x", argc > 1 ? argv[1] : "none", 42, 255); printf("%s %zu %p\n", s, strlen(s), (void *)0);
  return argc;
}
END
for o in -O0 -O1 '-O2 -flto' '-O3 -ffast-math' -Os '-O2 -static' '-g -fsanitize=undefined'; do gcc $o a.c -o a -lm && ./a $o > out; echo "$? $o"; grep -v '^[0-9-]*\.' out; done
gcc -O2 -S a.c -o - | md5sum; gcc -c a.c && nm a.o && objdump -d a.o | md5sum && size a.o && ar rcs l.a a.o && ar t l.a && strip a.o && readelf -S a.o | tail -n 12; gcc -E -dM - < /dev/null | sort | md5sum; echo 'int main() { return x; }' | gcc -x c - 2>&1; echo $?; gcc -shared -fPIC -O2 -x c - -o l.so <<< 'int f(int x) { return x * 2; }' && gcc -x c - -o m -L. -l:l.so -Wl,-rpath,. <<< 'int f(int); int main() { return f(21); }' && ./m; echo $?

#: g++ exceptions, threads and templates | needs=g++ seconds=600
cat > a.cc <<'END'
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>
struct Noisy { std::string name; ~Noisy() { std::cout << "~" << name << '\n'; } };
struct A { virtual ~A() = default; virtual int f() const { return 1; } }; struct B : A { int f() const override { return 2; } }; struct C : virtual A {}; struct D : C { int f() const override { return 4; } };
int deep(int n) { Noisy here{"deep" + std::to_string(n)}; if (n == 0) throw std::out_of_range("bottom"); return deep(n - 1) + 1; }
thread_local int mine = 7;
template <typename... T> auto sum(T... t) { return (t + ...); }
int main() {
  try { deep(3); } catch (const std::logic_error &e) { std::cout << "caught " << e.what() << '\n'; }
  try { try { throw 42; } catch (int i) { throw std::runtime_error("again " + std::to_string(i)); } } catch (const std::exception &e) { std::cout << e.what() << '\n'; }
  try { std::vector<int>().at(3); } catch (...) { std::cout << "at\n"; } try { dynamic_cast<B &>(*std::unique_ptr<A>(new D)); } catch (std::bad_cast &) { std::cout << "cast\n"; }
  std::vector<std::thread> threads; std::mutex m; long total = 0; std::atomic<int> n{0};
  for (int i = 0; i < 8; i++) threads.emplace_back([&, i] { mine += i; for (int k = 0; k < 1000; k++) { n++; std::lock_guard lock(m); total += mine; } });
  for (auto &t : threads) t.join(); std::cout << total << ' ' << n << ' ' << mine << '\n';
  auto later = std::async(std::launch::async, [] { if (mine == 7) throw std::string("from a thread"); return 1; }); try { later.get(); } catch (std::string &s) { std::cout << s << '\n'; }
  std::condition_variable cv; bool ready = false; std::thread w([&] { std::unique_lock lock(m); cv.wait(lock, [&] { return ready; }); std::cout << "woken\n"; }); { std::lock_guard lock(m); ready = true; } cv.notify_all(); w.join();
  std::map<std::string, int> words; std::istringstream in("a b a c b a"); for (std::string s; in >> s;) words[s]++; for (auto &[k, v] : words) std::cout << k << v << ' ';
  std::unordered_map<int, int> u; for (int i = 0; i < 10000; i++) u[i * 7919 % 10007] = i; long x = 0; for (auto [k, v] : u) x += k ^ v; std::cout << u.size() << ' ' << x << '\n';
  std::cout << sum(1, 2.5, 'a') << '\n';
  std::variant<int, std::string> v = "text"; std::visit([](auto &x) { std::cout << x << '\n'; }, v); std::vector<int> big(100000); std::iota(big.begin(), big.end(), 0); std::sort(big.begin(), big.end(), [](int a, int b) { return (a ^ 0x5555) < (b ^ 0x5555); }); std::cout << big[0] << ' ' << big[99999] << '\n';
  std::this_thread::sleep_for(std::chrono::milliseconds(20)); throw std::runtime_error("the end");
}
END
g++ -std=c++20 -O1 -pthread a.cc -o a && ./a 2>&1; echo $?

#: make builds a small project | needs=make,gcc seconds=300
mkdir src; for i in 1 2 3 4 5; do echo "int f$i(int x) { return x * $i + $i; }" > src/f$i.c; done; { for i in 1 2 3 4 5; do echo "int f$i(int);"; done; echo '#include <stdio.h>'; echo 'int main(void) { printf("%d\n", f1(f2(f3(f4(f5(1)))))); }'; } > src/main.c
printf 'OBJS = $(patsubst src/%%.c,out/%%.o,$(sort $(wildcard src/*.c)))\nprog: $(OBJS)\n\tgcc -o $@ $^\nout/%%.o: src/%%.c | out\n\tgcc -O2 -c -o $@ $<\nout:\n\tmkdir $@\nclean:\n\trm -rf out prog\n.PHONY: clean\n' > Makefile
make && ./prog; make; touch -d '+1 min' src/f3.c; make 2> /dev/null; ./prog; make clean; make -j3 -s && ./prog; make nothing; echo $?; rm -rf out
#: replace /^make: .*(Clock skew|modification time).*\n/ 

#: as, ld and a program of a few instructions | needs=as,ld seconds=120
cat > a.s <<'END'
.globl _start
_start: mov $1, %eax; mov $1, %edi; lea text(%rip), %rsi; mov $6, %edx; syscall; mov $60, %eax; mov $3, %edi; syscall
.data
text: .ascii "hello\n"
END
as a.s -o a.o && ld a.o -o a && ./a; echo $?; ld -pie --no-dynamic-linker a.o -o b && ./b; echo $?; readelf -hl a b | grep -v Entry; objdump -d a; cat a | gzip | gzip -d | cmp - a

#: node: WebAssembly | quick needs=/usr/bin/node seconds=200
cat > a.mjs <<'END'
// (func (param $n i32) (result i32)): fills a ring of memory with i, and adds up i * 4 & 0xffff.
const body = [1, 2, 127, 3, 64, 32, 1, 65, 4, 108, 65, 255, 255, 3, 113, 32, 1, 54, 2, 0, 32, 2, 32, 1, 106, 33, 2, 32, 1, 65, 1, 106, 34, 1, 32, 0, 72, 13, 0, 11, 32, 2, 11];
const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 9, 2, 1, 102, 0, 0, 1, 109, 2, 0, 10, body.length + 2, 1, body.length, ...body];
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)));
console.log(exports.f(2000000), new Int32Array(exports.m.buffer).slice(0, 5));
console.log(exports.m.grow(100), exports.m.buffer.byteLength);
const memories = Array.from({ length: 20 }, () => new WebAssembly.Memory({ initial: 1, maximum: 10, shared: true }));
memories.forEach((memory, i) => (new Uint8Array(memory.buffer)[65535] = i));
console.log(memories.map(memory => new Uint8Array(memory.buffer)[65535]).join());
END
/usr/bin/node a.mjs; rm a.mjs

#: node | quick needs=/usr/bin/node seconds=300
cat > t.js <<'END'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
if (!isMainThread) { let n = 0; for (let i = 2; i < workerData; i++) { let p = true; for (let k = 2; k * k <= i; k++) if (i % k === 0) { p = false; break } if (p) n++ } parentPort.postMessage(n); return }
const fs = require('fs'), cp = require('child_process'), crypto = require('crypto'), zlib = require('zlib'), os = require('os'), path = require('path'), vm = require('vm'), { promisify } = require('util'), events = require('events'), net = require('net');
(async () => {
  let x = 0; for (let i = 0; i < 3e5; i++) x = (x * 31 + i) | 0; console.log(x); const o = {}; for (let i = 0; i < 5000; i++) o['k' + i % 100] = (o['k' + i % 100] || 0) + i; console.log(o.k7, Object.keys(o).length);
  console.log(await Promise.all([500, 1000, 2000].map(n => new Promise((y, z) => new Worker(__filename, { workerData: n }).on('message', y).on('error', z)))));
  fs.writeFileSync('f', 'x'.repeat(1e5)); console.log((await fs.promises.stat('f')).size, fs.readdirSync('.').sort().join()); fs.unlinkSync('f'); const s = fs.createReadStream('poem.txt'); let n = 0; for await (const c of s) n += c.length; console.log(n);
  console.log(cp.execSync('echo from a shell').toString(), cp.spawnSync('sh', ['-c', 'exit 4']).status); const c = cp.spawn('cat'); c.stdin.end('through cat'); let got = ''; for await (const d of c.stdout) got += d; console.log(got, await new Promise(y => c.on('close', y)));
  console.log(crypto.createHash('sha256').update('abc').digest('hex'), crypto.createHmac('md5', 'k').update('d').digest('base64'), crypto.pbkdf2Sync('p', 's', 500, 16, 'sha1').toString('hex'), zlib.gunzipSync(zlib.gzipSync('z'.repeat(9999))).length, zlib.brotliDecompressSync(zlib.brotliCompressSync('b'.repeat(999))).length);
  console.log(vm.runInNewContext('a + 1', { a: 41 }), [3, 1, 2].toSorted?.() ?? '', 2n ** 100n, /(?<y>\d+)/u.exec('in 2024').groups.y, new Intl.NumberFormat('en').format(1234567.891), JSON.stringify({ a: [1, , null, NaN], d: new Date(0) }), [..."héé𝒳"].length, 'ß'.toUpperCase(), new Date(1e12).toISOString(), Math.hypot(3, 4), (0.1).toFixed(20), parseInt('z', 36), 1e21 + 1, -0);
  const server = net.createServer(k => k.end('over a socket')).listen('./s.sock'); await events.once(server, 'listening'); let t = ''; for await (const d of net.connect('./s.sock')) t += d; console.log(t); server.close();
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]))); console.log(wasm.exports.add(40, 2)); const sab = new Int32Array(new SharedArrayBuffer(4)); console.log(Atomics.wait(sab, 0, 0, 20)); await new Promise(y => setTimeout(y, 30)); class A { #p = 1; static { A.q = 2 } get p() { return this.#p } } console.log(new A().p, A.q, structuredClone(new Map([[1, { a: 1 }]])));
  process.on('SIGUSR2', () => { console.log('usr2'); process.exitCode = 6; clearInterval(i) }); const i = setInterval(() => {}, 1000); process.kill(process.pid, 'SIGUSR2');
})();
END
/usr/bin/node t.js; echo $?; /usr/bin/node -e 'throw new TypeError("thrown")' 2>&1 | grep TypeError; /usr/bin/node --check t.js; echo 'console.log(process.argv.length)' | /usr/bin/node - a; /usr/bin/node -p '[1,2,3].map(x => x * 2)'; printf 'export const a = 1' > m.mjs; /usr/bin/node --input-type=module -e 'import { a } from "./m.mjs"; console.log(a, await 2)'

#: java compiles and runs | needs=java,javac seconds=900
cat > T.java <<'END'
import java.nio.file.*; import java.util.*; import java.util.concurrent.*; import java.util.concurrent.atomic.*; import java.util.regex.*; import java.util.stream.*; import java.security.*; import java.math.*;
public class T {
  record P(int x, String y) {} interface Shape { double area(); } sealed interface S permits Q, R {} record Q(int a) implements S {} record R(int b) implements S {}
  static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
  public static void main(String[] args) throws Exception {
    System.out.println("hello " + args.length + " " + fib(22)); System.out.println(new P(1, "a") + " " + new P(1, "a").equals(new P(1, "a")));
    System.out.println(IntStream.range(0, 1000).filter(i -> i % 7 == 0).mapToObj(Integer::toString).collect(Collectors.joining(",")).hashCode()); Map<String, Long> w = Files.lines(Path.of("table.csv")).skip(1).map(l -> l.split(",")[1]).collect(Collectors.groupingBy(s -> s, TreeMap::new, Collectors.counting())); System.out.println(w);
    ExecutorService ex = Executors.newFixedThreadPool(4); List<Future<Integer>> fs = new ArrayList<>(); for (int i = 0; i < 8; i++) { int k = i; fs.add(ex.submit(() -> fib(10 + k))); } int sum = 0; for (var f : fs) sum += f.get(); ex.shutdown(); System.out.println(sum);
    AtomicInteger n = new AtomicInteger(); Object lock = new Object(); int[] m = {0}; Thread[] ts = new Thread[5]; for (int i = 0; i < 5; i++) { ts[i] = new Thread(() -> { for (int k = 0; k < 2000; k++) { n.incrementAndGet(); synchronized (lock) { m[0]++; } } }); ts[i].start(); } for (var t : ts) t.join(); System.out.println(n + " " + m[0]);
    long total = 0; for (int i = 0; i < 300; i++) { byte[] b = new byte[200_000]; b[i] = 1; total += b.length; } System.gc(); System.out.println(total); try { Object o = "s"; Integer i = (Integer) o; } catch (ClassCastException e) { System.out.println("cce"); } try { int[] a = new int[2]; a[2] = 1; } catch (ArrayIndexOutOfBoundsException e) { System.out.println(e.getMessage()); } try { String s = null; s.length(); } catch (NullPointerException e) { System.out.println("npe"); }
    int[] depth = {0}; try { recurse(depth); } catch (StackOverflowError e) { System.out.println("soe " + (depth[0] > 500)); } System.out.println(BigInteger.TWO.pow(100) + " " + new BigDecimal("1").divide(new BigDecimal("7"), 30, RoundingMode.HALF_UP) + " " + Math.sin(1e6) + " " + StrictMath.cbrt(5) + " " + (float) 0.1 + " " + Double.toString(1e-5) + " " + Long.MIN_VALUE / -1 + " " + (int) 1e20 + " " + (byte) 200 + " " + (-7 >> 1) + " " + (-7 >>> 28) + " " + 5.5 % 2.1);
    System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest("abc".getBytes()))); Matcher r = Pattern.compile("(\\w+)@(\\w+)").matcher("me@host"); r.find(); System.out.println(r.group(2) + String.format(" %5.2f %08x %,d", 3.14159, 255, 1234567)); Process p = new ProcessBuilder("echo", "child").redirectErrorStream(true).start(); System.out.println(new String(p.getInputStream().readAllBytes()).trim() + p.waitFor()); Thread.sleep(20); Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook"))); System.exit(3);
  }
  static void recurse(int[] d) { d[0]++; recurse(d); }
}
END
javac -nowarn T.java; echo $?; java -XX:TieredStopAtLevel=1 -cp . T a b; echo $?; java -cp . T; echo $?; java -XX:+UseSerialGC -Xint -cp . T x; echo $?; java -version 2>&1 | head -n 1; javap -cp . 'T$P'; rm -f *.class

#: go compiles and runs | needs=go,gofmt seconds=600
export GOCACHE=$PWD/cache GOPATH=$PWD/go GO111MODULE=off GOFLAGS=-p=1
cat > t.go <<'END'
package main
import ("crypto/sha256"; "encoding/json"; "errors"; "fmt"; "os"; "os/exec"; "os/signal"; "regexp"; "runtime"; "sort"; "strings"; "sync"; "syscall"; "time")
type S struct { A int `json:"a"`; B []string }
func fib(n int) int { if n < 2 { return n }; return fib(n-1) + fib(n-2) }
func main() {
	fmt.Println(fib(20), runtime.GOOS, runtime.GOARCH, len(os.Args)); j, _ := json.Marshal(S{1, []string{"x"}}); fmt.Println(string(j)); fmt.Printf("%x %v %q %8.3f\n", sha256.Sum256([]byte("abc")), []int{1, 2}, "q", 3.14159)
	var wg sync.WaitGroup; var mu sync.Mutex; n := 0; ch := make(chan int, 3); for i := 0; i < 50; i++ { wg.Add(1); go func(i int) { defer wg.Done(); mu.Lock(); n += i; mu.Unlock(); ch <- i }(i) }; go func() { wg.Wait(); close(ch) }(); s := 0; for v := range ch { s += v }; fmt.Println(n, s)
	defer fmt.Println("deferred"); func() { defer func() { fmt.Println("recovered", recover()) }(); var p *S; fmt.Println(p.A) }(); func() { defer func() { fmt.Println("recovered", recover()) }(); z := 0; fmt.Println(1 / z) }()
	m := map[string]int{}; for _, w := range strings.Fields("a b a c") { m[w]++ }; k := []string{}; for w := range m { k = append(k, w) }; sort.Strings(k); fmt.Println(k, m); o, err := exec.Command("echo", "child").Output(); fmt.Print(string(o), err, "\n"); fmt.Println(exec.Command("false").Run(), regexp.MustCompile(`(\d+)`).FindString("in 42"), errors.Is(os.ErrNotExist, os.ErrNotExist))
	c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGUSR1); syscall.Kill(os.Getpid(), syscall.SIGUSR1); fmt.Println(<-c); select { case <-time.After(20 * time.Millisecond): fmt.Println("later") }; spin := make(chan bool); go func() { for i := 0; ; i++ { if i == 1e6 { spin <- true } } }(); <-spin; runtime.GC(); b := make([][]byte, 100); for i := range b { b[i] = make([]byte, 100000) }; os.Exit(len(b) % 7)
}
END
gofmt -l t.go; gofmt t.go | md5sum; go version; go vet t.go 2>&1 | tail -n 2; go build -o t t.go && ./t; echo $?; go run t.go a > /dev/null; echo $?; rm -rf cache go t

#: rust compiles and runs | needs=/root/.cargo/bin/rustc seconds=600
export PATH=/root/.cargo/bin:$PATH HOME=/root
cat > t.rs <<'END'
use std::{collections::HashMap, sync::{mpsc, Arc, Mutex}, thread};
fn main() {
    let m = Arc::new(Mutex::new(0)); let hs: Vec<_> = (0..8).map(|i| { let m = m.clone(); thread::spawn(move || { for _ in 0..500 { *m.lock().unwrap() += i } }) }).collect(); for h in hs { h.join().unwrap() } println!("{}", m.lock().unwrap());
    let (t, r) = mpsc::channel(); thread::spawn(move || for i in 0..5 { t.send(i * i).unwrap() }); println!("{:?}", r.iter().collect::<Vec<_>>()); let mut h = HashMap::new(); for w in "a b a".split(' ') { *h.entry(w).or_insert(0) += 1 } let mut v: Vec<_> = h.into_iter().collect(); v.sort(); println!("{v:?} {:.5} {:#x}", 2f64.sqrt(), u64::MAX);
    println!("{:?}", thread::spawn(|| { if true { panic!("in a thread") } }).join().is_err()); println!("{:?}", std::process::Command::new("echo").arg("child").output().unwrap().stdout); let v: Vec<i32> = vec![]; std::process::exit(v.get(0).copied().unwrap_or(9))
}
END
rustc --version; rustc -O t.rs && ./t 2> /dev/null; echo $?

#: lua language | needs=lua5.4 quick seconds=120
cat > t.lua <<'END'
local t = {} for i = 1, 2000 do t[#t + 1] = (i * 7919) % 1009 end table.sort(t) print(t[1], t[1000], #t, 7 // 2, 7 / 2, -7 % 3, 2^53, 1e100, math.maxinteger + 1 == math.mininteger, 10 >> 1, "10" + 5)
local co = coroutine.wrap(function(a) while true do a = coroutine.yield(a * 2) end end) print(co(1), co(5), select(2, pcall(error, { code = 1 })).code) print(("hello world"):gsub("o", "0"), ("k=v"):match("(%w)=(%w)"), string.format("%5.2f|%q|%x", 3.14159, "a\nb", 255), #string.rep("ab", 1000), string.pack("<i4z", 7, "s"):byte(1, -1))
local mt = setmetatable({}, { __index = function(_, k) return k .. "!" end, __call = function(self, x) return x + 1 end, __gc = function() print "gc" end }) print(mt.any, mt(41)) goto done do print "skipped" end ::done:: local f = io.popen("echo piped") print(f:read "a") for l in io.lines "table.csv" do io.write(l:sub(1, 1)) end print() collectgarbage() print(os.date("!%F", 0), select("#", 1, nil, 3), table.concat({ 1, 2, 3 }, "-"), utf8.len "é日", load "return 1 + 1" ()) local s = 0 for i = 1, 3e5 do s = s + i % 3 end print(s) os.exit(4)
END
lua5.4 t.lua; echo $?; lua5.4 -e 'error("x")' 2>&1 | head -n 1

#: ruby | needs=ruby seconds=300
cat > t.rb <<'END'
require 'json'; require 'set'; require 'digest'; require 'open3'; require 'socket'; require 'bigdecimal'; require 'time'; require 'zlib'; require 'tempfile'; require 'erb'; require 'yaml'
puts (1..10).each_slice(3).map(&:sum).inspect, 2**200, 10.0 / 3, -7 / 2, -7 % 3, 1r / 3, Complex(1, 2)**2, [3, 1, 2].sort.reverse.inspect, 'héllo'.upcase, 'abc'.succ, "%05.1f|%x" % [3.14159, 255], :sym.to_proc.call('x') rescue puts $!.class
File.foreach('table.csv').drop(1).group_by { |l| l.split(',')[1] }.transform_values(&:size).sort.each { |k, v| puts "#{k} #{v}" }; puts JSON.pretty_generate({ a: [1, nil, 2.5, 'é'] }), Digest::SHA256.hexdigest('abc'), Zlib::Inflate.inflate(Zlib::Deflate.deflate('x' * 999)).size, ERB.new('<%= 1 + 1 %>').result, { 'a' => [1, { 'b' => nil }] }.to_yaml
f = Fiber.new { |x| loop { x = Fiber.yield x * 2 } }; p f.resume(1), f.resume(4); q = Queue.new; 4.times.map { |i| Thread.new { q << i * i } }.each(&:join); p 4.times.map { q.pop }.sort; o, s = Open3.capture2('tr a-z A-Z', stdin_data: 'up'); p o, s.exitstatus; pid = fork { exit 7 }; Process.wait pid; p $?.exitstatus; a, b = UNIXSocket.pair; a.puts 'hi'; p b.gets
begin; raise ArgumentError, 'bad'; rescue => e; puts e.message; ensure; puts 'ensured'; end; catch(:out) { 10.times { |i| throw :out if i == 3 } }; case { n: 1, l: [1, 2] } in { n: Integer => n, l: [_, *r] } then p n, r end; Signal.trap('USR1') { puts 'usr1' }; Process.kill 'USR1', $$; sleep 0.05; p ObjectSpace.count_objects.key?(:TOTAL), GC.start, 'a-b_c'.tr('-_', '  '), 'x=1;y=2'.scan(/(\w)=(\d)/); def fib(n) = n < 2 ? n : fib(n - 1) + fib(n - 2); p fib(18); at_exit { puts 'bye' }; exit 3
END
ruby t.rb; echo $?; ruby --disable-gems -e 'puts RUBY_ENGINE; 1 / 0' 2>&1 | sed 's/(.*//'

#: php | needs=php seconds=120
cat > t.php <<'END'
<?php declare(strict_types=1);
$w = array_count_values(str_word_count(strtolower(file_get_contents('poem.txt')), 1)); arsort($w); print_r(array_slice($w, 0, 1)); printf("%.10f %05d %x %s\n", M_PI, 42, 255, PHP_INT_MAX + 1); echo json_encode(['a' => [1, null, 2.5, "é"], 'b' => new stdClass]), "\n", md5('abc'), hash('sha256', 'abc'), crc32('x'), "\n", preg_replace_callback('/\d+/', fn($m) => (string) ($m[0] * 2), 'a1b22'), "\n", serialize([1, 'a' => true]), "\n", date('Y-m-d', 0), intdiv(-7, 2), -7 % 3, 0.1 + 0.2, "\n", str_pad('x', 5, '-', STR_PAD_BOTH), ucwords('the quick fox'), "\n";
function gen() { $x = yield 1; while (true) $x = yield $x * 2; } $g = gen(); echo $g->current(), $g->send(5), "\n"; enum S: string { case A = 'a'; } class P { public function __construct(public readonly int $x = 3) {} } try { (new P)->x = 4; } catch (Error $e) { echo $e->getMessage(), "\n"; } echo match(true) { 1 > 2 => 'no', default => S::from('a')->name }, "\n", shell_exec('echo from a shell'); function fib(int $n): int { return $n < 2 ? $n : fib($n - 1) + fib($n - 2); } echo fib(18), "\n"; usort($a = [3, 1, 2], fn($x, $y) => $x <=> $y); $s = 0; for ($i = 0; $i < 200000; $i++) $s += $i % 7; echo $s, "\n", strlen(gzuncompress(gzcompress(str_repeat('z', 5000)))), "\n"; exit(5);
END
php t.php; echo $?; echo '<?= 1 + 1 ?>' | php; php -r 'echo PHP_OS, PHP_EOL;'; php -l t.php

#: tcl language | needs=tclsh seconds=120
cat > t.tcl <<'END'
proc fib n { expr { $n < 2 ? $n : [fib [expr {$n - 1}]] + [fib [expr {$n - 2}]] } }; puts [fib 15]; puts [expr {2**100}] ; puts [expr {1.0 / 3}]; puts [lsort -integer {5 3 9 1}]; array set a {x 1 y 2}; puts [lsort [array names a]]; puts [regsub -all {(\d+)} "a1b22" {<\1>}]; puts [exec echo child | tr a-z A-Z]; puts [clock format 0 -gmt 1 -format %Y-%m-%d]; puts [dict get {k v} k]; puts [catch {error boom} m]$m; set f [open poem.txt]; puts [llength [split [read $f] \n]]; close $f; after 20 {set done 1}; vwait done; puts [string toupper héé] ; puts [binary encode base64 hello]; coroutine c apply {{} { yield 1; yield 2 }}; puts [c]; interp create i; puts [i eval {expr 1+1}]; exit 6
END
tclsh t.tcl; echo $?

#: guile | needs=guile seconds=300
cat > t.scm <<'END'
(use-modules (ice-9 regex) (srfi srfi-1) (ice-9 threads) (ice-9 popen) (ice-9 rdelim))
(define (fact n) (if (= n 0) 1 (* n (fact (- n 1))))) (display (fact 30)) (newline) (write (map (lambda (x) (/ x 3)) '(1 2 3))) (newline) (write (fold + 0 (iota 1000))) (newline) (write (call/cc (lambda (k) (for-each (lambda (x) (if (> x 2) (k x))) '(1 2 3 4)) 'none))) (newline) (write (match:substring (string-match "[0-9]+" "in 42"))) (newline) (write (exact->inexact 1/3)) (newline) (write (par-map (lambda (x) (* x x)) '(1 2 3))) (newline) (let ((p (open-input-pipe "echo piped"))) (display (read-line p)) (newline)) (catch 'oops (lambda () (throw 'oops 1)) (lambda (k . a) (write (list k a)) (newline))) (exit 7)
END
guile --no-auto-compile t.scm; echo $?

#: ocaml | needs=ocaml seconds=120
cat > t.ml <<'END'
let rec fib n = if n < 2 then n else fib (n - 1) + fib (n - 2);; print_int (fib 20); print_newline ();; module M = Map.Make (String);; let m = List.fold_left (fun m w -> M.update w (function None -> Some 1 | Some n -> Some (n + 1)) m) M.empty ["a"; "b"; "a"];; M.iter (Printf.printf "%s %d\n") m;; exception E of int;; (try raise (E 3) with E n -> Printf.printf "E %d %.17g %h\n" n (sqrt 2.) 0.1);; Array.sort compare [| 3; 1 |]; Gc.full_major (); exit 4
END
ocaml t.ml; echo $?; ocamlopt -version && ocamlfind ocamlopt -version 2> /dev/null; ocamlc t.ml -o t && ./t; echo $?; rm -f t t.cm*

#: sbcl | needs=sbcl seconds=300
cat > t.lisp <<'END'
(defun fib (n) (declare (fixnum n)) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (print (fib 20)) (print (expt 2 200)) (print (/ 10 4)) (print (sqrt -4)) (print (handler-case (/ 1 0) (division-by-zero () 'div))) (print (handler-case (error "x ~a" 1) (error (e) (format nil "~a" e)))) (print (sort (list 3 1 2) #'<)) (print (loop for i below 5 collect (* i i))) (defclass p () ((x :initarg :x :accessor x))) (defmethod show ((p p)) (x p)) (print (show (make-instance 'p :x 5))) (print (with-output-to-string (s) (format s "~5,2f ~r" 3.14159 42))) (sb-ext:gc :full t) (print (let ((h (make-hash-table))) (dotimes (i 1000) (setf (gethash i h) (* i i))) (gethash 999 h))) (terpri) (sb-ext:exit :code 5)
END
sbcl --script t.lisp; echo $?

