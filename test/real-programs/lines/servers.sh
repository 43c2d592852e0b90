# Servers, and programs that talk to each other.

#: redis over a Unix socket | quick needs=redis-server,redis-cli seconds=300
redis-server --port 0 --unixsocket $PWD/r.sock --dir $PWD --save '' --appendonly yes --enable-debug-command yes --logfile r.log --daemonize no & p=$!
for i in $(seq 100); do redis-cli -s r.sock ping 2> /dev/null | grep -q PONG && break; sleep 0.1; done; r="redis-cli -s r.sock"
$r set k 'a value'; $r get k; $r incrby n 41; $r incr n; $r rpush l a b c; $r lrange l 0 -1; $r hset h f 1 g 2; $r hgetall h; $r sadd s x y x; $r scard s; $r zadd z 3 c 1 a 2 b; $r zrange z 0 -1 withscores; $r setex e 100 v; [ $($r ttl e) -gt 50 ]; echo $?; $r eval 'return redis.call("get", KEYS[1]) .. #ARGV' 1 k a b; $r type z; $r exists none; $r geoadd g 13.36 38.11 P; $r pfadd hll a b c; $r pfcount hll; $r xadd st 1-1 f v; $r xrange st - +; $r setbit bits 7 1; $r bitcount bits; $r get none; $r incr k
seq 3000 | sed 's/.*/SET key:& value:&/' | $r --pipe | tail -n 1; $r dbsize; printf 'MULTI\nINCR n\nINCR n\nEXEC\n' | $r; (timeout 5 $r subscribe ch | head -n 6 & sleep 0.6; $r publish ch hello; wait) | sort; $r bgrewriteaof; for i in $(seq 50); do $r info persistence | grep -q aof_rewrite_in_progress:0 && break; sleep 0.1; done; $r debug digest; $r save; $r shutdown nosave; wait $p; echo $?
redis-server --port 0 --unixsocket $PWD/r.sock --dir $PWD --save '' --appendonly yes --enable-debug-command yes --logfile r.log & p=$!
for i in $(seq 100); do redis-cli -s r.sock ping 2> /dev/null | grep -q PONG && break; sleep 0.1; done; $r dbsize; $r get key:2999; $r debug digest; $r memory doctor; kill $p; wait $p; echo $?; rm -rf r.log *.rdb appendonlydir r.sock

#: redis over loopback with its benchmark | needs=redis-server,redis-benchmark seconds=300
redis-server --port 7391 --dir $PWD --save '' --logfile r.log & p=$!
for i in $(seq 100); do redis-cli -p 7391 ping 2> /dev/null | grep -q PONG && break; sleep 0.1; done; redis-benchmark -p 7391 -q -n 500 -c 5 -t set,get,lpush > bench 2>&1; grep -c 'requests per second' bench; redis-cli -p 7391 dbsize; redis-cli -p 7391 shutdown nosave; wait $p; echo $?; rm -f bench r.log

#: postgresql: initdb and queries over a Unix socket | needs=/usr/lib/postgresql/15/bin/initdb,setpriv,psql seconds=900
b=/usr/lib/postgresql/15/bin; d=$(mktemp -d /tmp/pg-XXXXXX); chown nobody $d; cd $d; as="setpriv --reuid nobody --regid nogroup --clear-groups env HOME=$PWD"
$as $b/initdb -D data -A trust -N --no-locale -E UTF8 -U me > init.log; echo $?; $as $b/pg_ctl -D data -s -w -t 200 -o "-k $PWD -h '' -c fsync=off -c max_parallel_workers=2" -l log start; echo $?; q="psql -h $PWD -U me -d postgres -X"
$q <<'END'
create table t(a serial primary key, b text not null, c numeric(10, 2), d jsonb, e timestamptz default '2024-01-01Z');
insert into t(b, c, d) select 'row ' || i, i / 7.0, jsonb_build_object('k', i, 'l', array[i, i + 1]) from generate_series(1, 1000) i;
create index on t(b); create index on t using gin(d); analyze t; select count(*), sum(c), min(b), max(b), avg(c)::numeric(10, 4) from t; select a, b, c, d from t where d @> '{"k": 42}'; explain (costs off) select * from t where b = 'row 5';
begin; delete from t where a % 2 = 0; savepoint s; delete from t; rollback to s; commit; select count(*) from t; select a % 3, count(*), string_agg(b, ',' order by a) filter (where a < 20) from t group by 1 order by 1; with recursive f(a, b) as (values (0::numeric, 1::numeric) union all select b, a + b from f where b < 1e25) select max(a) from f;
create function add(a int, b int) returns int language plpgsql as $$ begin return a + b; exception when others then return null; end $$; select add(1, 2), add(2147483647, 1); insert into t(a, b) values (1, 'twice'); select 1 / 0; select sqrt(2::float8), exp(1::numeric), 2 ^ 0.5, md5('a'), encode(sha256('abc'), 'hex'), 'a' ~ '^[a-z]$', to_char(1234.5, '9,999.99'), date '2024-02-29' + interval '1 year', row_number() over () ; \d t
copy (select a, b from t where a < 8) to stdout csv header; select pg_size_pretty(123456789::bigint), array(select generate_series(1, 3)), lower(int4range(1, 5)), to_tsvector('english', 'the quick foxes') @@ to_tsquery('fox'); vacuum full t; listen ch; notify ch, 'x'; select * from generate_series(1, 100000) i where i % 33333 = 0; create table p(i int) partition by range (i); create table p1 partition of p for values from (0) to (10); insert into p values (5); select tableoid::regclass, * from p;
END
for i in 1 2 3; do $q -c "update t set c = c + $i where a < 100" & done; wait; $q -Atc 'select sum(c) from t'; pg_dump -h $PWD -U me postgres | grep -v '^--' | md5sum > /dev/null; $as $b/pg_ctl -D data -s -m immediate stop; $as $b/pg_ctl -D data -s -w -t 200 -o "-k $PWD -h ''" -l log start; $q -Atc 'select count(*) from t'; $as $b/pg_ctl -D data -s -w -m fast stop; echo $?; $as $b/pg_controldata data | grep state; cd /; rm -rf $d
#: replace /server process \(PID \d+\)|Asynchronous.*PID \d+\./ PID

#: python3 http server and client over loopback | needs=/usr/bin/python3,curl seconds=300
/usr/bin/python3 -m http.server 7392 --bind 127.0.0.1 > log 2>&1 & p=$!
for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:7392/ && break; sleep 0.1; done; curl -s http://127.0.0.1:7392/table.csv; curl -sI http://127.0.0.1:7392/poem.txt | grep -i '^content'; curl -s -o /dev/null -w '%{http_code}\n' http://127.0.0.1:7392/none; kill $p; wait $p 2> /dev/null; echo $?; rm log

#: caddy serves files over loopback | needs=caddy,curl seconds=300
export HOME=$PWD/home XDG_DATA_HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home; mkdir home; caddy version | cut -d' ' -f1; printf '{\n admin off\n auto_https off\n}\n:7393 {\n root * %s\n file_server\n header X-Test yes\n respond /hello "hi there"\n}\n' $PWD > Caddyfile; caddy fmt Caddyfile; caddy validate --config Caddyfile --adapter caddyfile > /dev/null 2>&1; echo $?; caddy run --config Caddyfile --adapter caddyfile > log 2>&1 & p=$!
for i in $(seq 200); do curl -s -o /dev/null http://127.0.0.1:7393/ && break; sleep 0.1; done; curl -s http://127.0.0.1:7393/hello; curl -s http://127.0.0.1:7393/table.csv; curl -sI http://127.0.0.1:7393/poem.txt | grep -i -E '^(x-test|content)'; kill $p; wait $p; echo $?; rm -rf home log

#: ripgrep and fd in a tree | quick needs=rg,fdfind seconds=120
rg -n 'page' poem.txt; rg -c . table.csv poem.txt --sort path; rg -i --json upper poem.txt | grep -v elapsed | cut -c1-60; rg -o '\w+ia' table.csv; rg -v , poem.txt | wc -l; rg -U 'call\ncomes' poem.txt; mkdir -p a/b; cp *.txt a/b; rg -l kernel --sort path; rg -e anna -e gus -r X table.csv; rg none; echo $?; rg -F -w it poem.txt; rg '(' poem.txt 2>&1; rg --files --sort path; fdfind . | sort; fdfind -e txt -x wc -c | sort; fdfind -t d | sort; rg -P '(?<=n)a' table.csv; rg -j4 -c the /usr/share/common-licenses --sort path

#: openssl digests, keys, certificates | quick needs=openssl seconds=300
for d in md5 sha1 sha256 sha512 sha3-256 blake2b512 sm3; do openssl dgst -$d poem.txt; done; openssl dgst -hmac key -sha256 table.csv; for c in aes-128-cbc aes-256-ctr chacha20 camellia-128-cbc des-ede3-cbc; do openssl enc -$c -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 000102030405060708090a0b0c0d0e0f -in poem.txt 2> /dev/null | openssl dgst -sha1; done; openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -in poem.txt -out e; openssl enc -d -aes-256-cbc -pbkdf2 -pass pass:x -in e | cmp - poem.txt && echo same
openssl genrsa -out k.pem 1024 2> /dev/null; openssl rsa -in k.pem -check -noout; openssl req -new -x509 -key k.pem -subj /CN=test -days 10 -out c.pem; openssl x509 -in c.pem -noout -subject -issuer; openssl verify -CAfile c.pem c.pem; openssl dgst -sha256 -sign k.pem -out s poem.txt; openssl rsa -in k.pem -pubout -out p.pem 2> /dev/null; openssl dgst -sha256 -verify p.pem -signature s poem.txt; openssl ecparam -genkey -name prime256v1 -noout -out ec.pem; openssl pkey -in ec.pem -pubout -out ecp.pem; openssl pkeyutl -sign -inkey ec.pem -rawin -in table.csv -out s2 && openssl pkeyutl -verify -pubin -inkey ecp.pem -rawin -in table.csv -sigfile s2; openssl genpkey -algorithm ed25519 -out ed.pem; openssl pkey -in ed.pem -noout -text | head -n 1; openssl prime 1000003; openssl rand -hex 16 | wc -c; openssl base64 -in poem.txt | head -n 2; openssl asn1parse -in p.pem | cut -c1-30; rm -f *.pem e s s2

#: ssh-keygen and gpg | needs=ssh-keygen,gpg seconds=300 stderr=ignore
ssh-keygen -q -t ed25519 -N '' -f k -C c; ssh-keygen -q -t rsa -b 1024 -N pw -f r; ssh-keygen -y -P pw -f r | cut -c1-20; ssh-keygen -l -f k.pub | cut -d: -f1; ssh-keygen -Y sign -f k -n file table.csv; echo "me $(cat k.pub)" > allowed; ssh-keygen -Y verify -f allowed -I me -n file -s table.csv.sig < table.csv | cut -c1-30; rm -f k* r* *.sig allowed
export GNUPGHOME=$PWD/g; mkdir -m 700 g; gpg --batch --quiet --passphrase '' --quick-gen-key me@x ed25519 default never; gpg --list-keys | grep -c ed25519; gpg --batch -s -a poem.txt; gpg --verify poem.txt.asc; echo $?; gpg --batch --passphrase x --pinentry-mode loopback -c table.csv; gpg --batch --passphrase x --pinentry-mode loopback -qd table.csv.gpg | cmp - table.csv && echo same; gpg --print-md sha256 poem.txt; gpgconf --kill all; rm -rf g *.asc *.gpg

#: tmux | needs=tmux seconds=300
export LC_ALL=C.UTF-8; tmux -L t -f /dev/null new-session -d -x 60 -y 10 'PS1="> " sh'; sleep 0.5; tmux -L t send-keys 'echo $((6 * 7)) héé' Enter; sleep 0.5; tmux -L t split-window -h 'seq 5; sleep 30'; sleep 0.5; tmux -L t list-panes -F '#{pane_index} #{pane_width}x#{pane_height}'; tmux -L t capture-pane -p -t 0; tmux -L t capture-pane -p -t 1; tmux -L t kill-server; echo $?

#: screen | needs=screen seconds=300
export SCREENDIR=$PWD/s; mkdir -m 700 s; screen -dmS x sh -c 'echo inside; sleep 20'; sleep 1; screen -ls | grep -c '\.x'; screen -S x -X hardcopy $PWD/h; sleep 0.5; grep inside h; screen -S x -X quit; sleep 0.5; screen -ls | grep -c '\.x'; rm -rf s h

#: graphicsmagick | needs=gm seconds=300
gm convert -size 64x48 gradient:red-blue a.png; gm identify -format '%m %wx%h\n' a.png; gm convert a.png -resize 50% -rotate 90 b.gif; gm identify -format '%m %wx%h\n' b.gif; gm convert a.png -blur 2x2 -colorspace gray ppm:- | md5sum; gm convert a.png -quality 80 c.jpg; gm convert c.jpg ppm:- | md5sum; rm -f a.png b.gif c.jpg

#: bc and dc | needs=bc,dc quick seconds=120
echo 'scale=60; 4*a(1); e(1); sqrt(2); 2^200; l(10)' | bc -l; echo '50 k 2 v p 16 o 255 p 10 o [la1+dsa*pla10>y]sy 0sa1 lyx' | dc
