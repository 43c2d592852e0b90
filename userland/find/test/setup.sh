# The files that find and xargs look at. `s COMMAND…` sorts what a command prints and keeps its status.
s() {
  "$@" >/tmp/compare-sorted 2>&1
  set -- $?
  sort /tmp/compare-sorted
  return $1
}
chmod 755 .
mkdir -p a/b c e
touch a/x a/b/y 'c/sp ace'
ln -s ../a c/link
ln -s nowhere dang
ln -s loop2 loop1
ln -s loop1 loop2
ln -s .. a/up
mkfifo p
printf '%1000d' 1 >s1
printf '%513d' 1 >s2
touch -d '2001-02-03 04:05:06.789' old
touch -d '3 days ago' d3
touch -d '10 minutes ago' m10
chmod 4755 s1
chmod 640 s2
mkdir -m 1777 t
touch 'new
line' 'uni-é'
ln s1 a/hard
