# What an overlay shows, step by step: runs on Linux as root, and in a guest; overlay.txt is what Linux printed.
set +e
B=$(mktemp -d); mount -t tmpfs t $B; cd $B; mkdir l u w m l2; mkdir -p l/d/e l2/d; echo a>l/d/f; echo b>l/x; ln l/x l/x2; ln -s x l/s; mkfifo l/p; mknod l/wh c 0 0; echo 1 >l/d/only; echo q>l2/d/q
mount -t overlay o -o lowerdir=l2:l,upperdir=u,workdir=w m || exit
same() { [ "$(stat -c %d m)" = "$(stat -c %d $1)" ] && echo dev same || echo dev other; }
stat -c '%n nlink=%h mode=%f' m m/d m/d/e m/d/f m/x m/x2 m/s m/p m/wh
for f in m/d m/x m/s; do same $f; done
[ "$(stat -c %i m/d)" = "$(stat -c %i l2/d)" ] && echo ino of top lower
[ "$(stat -c %i m)" = "$(stat -c %i u)" ] && echo root ino of upper
ls -a m m/d
exec 5<m/x; cat <&5; echo new > m/x; exec 5<m/x2; echo more >>m/x2; cat <&5; exec 5<&-
stat -c '%n nlink=%h' m/x m/x2 l/x l/x2 u/x u/x2
i=$(stat -c %i m/d/f); chmod 600 m/d/f; [ $i = "$(stat -c %i m/d/f)" ] && echo ino stays
stat -c '%n nlink=%h' m/d m/d/f u/d u/d/f
rm m/d/only; ls -l u/d | cut -c1-10; rmdir m/d; mv m/d m/dd; ls m m/dd; ls -a u u/dd; stat -c '%n %F %t:%T' u/d
mkdir m/new; mv m/new m/new2; mkdir m/d; ls -a m/d; stat -c %F u/d
ln m/s m/s2; stat -c '%n %h' m/s m/s2 u/s2 u/s l/s
mknod m/w2 c 0 0; stat -f -c '%t' m
cp m/x m/c1; mv m/c1 m/x; cat m/x; mv m/x m/s; cat m/s; readlink m/s; ls m
echo t > m/t; ln m/t m/t2; mv m/t m/x3; cat m/t2; stat -c %h m/x3; rm m/t2; stat -c %h m/x3
touch -d '2001-02-03 04:05:06' m/d; stat -c %y m/d; chown 5:6 m/p; stat -c '%u %g %F' m/p u/p l/p
mkfifo m/q; (echo through > m/p &) ; cat m/p
rm -rf m/dd m/d; ls m; ls -l u | cut -c1-10 | sort | uniq -c
truncate -s 5000 m/x3; stat -c %s m/x3; > m/x3; stat -c %s m/x3
mv m/new2 m/x2; echo $?; mv -T m/new2 m/nn; mv m/nn m/new2 ; rmdir m/new2; ls m
python3 - <<'P'
import os
os.setxattr('m/x2','user.a',b'1'); print(os.listxattr('m/x2'), os.getxattr('m/x2','user.a'))
fd=os.open('m', os.O_TMPFILE|os.O_RDWR); os.write(fd,b'tmp'); import ctypes; libc=ctypes.CDLL(None); assert libc.linkat(-100,b'/proc/self/fd/%d'%fd,-100,b'm/linked',0x400)==0; print(open('m/linked').read())
import mmap
open('l/mm','w').write('old!'); f=open('m/mm','rb'); m=mmap.mmap(f.fileno(),4,prot=mmap.PROT_READ); open('m/mm','w').write('new!'); print(bytes(m), f.read())
try: os.setxattr('m/x2','trusted.overlay.opaque',b'y')
except OSError as e: print(e.strerror)
print(sorted(os.listdir('m')))
os.rename('m/linked','m/mm'); print(open('m/mm').read())
try: os.rename('m/p','m/nodir/x')
except OSError as e: print(e.strerror)
P
umount m; mount -t overlay o -o lowerdir=l2:l m; touch m/z; ls m; umount m
for o in upperdir=u,workdir=w lowerdir=nope,upperdir=u,workdir=w lowerdir=l,upperdir=u lowerdir=l,upperdir=u,workdir=u lowerdir=l,upperdir=u,workdir=nope lowerdir=l,upperdir=u,workdir=/root lowerdir=l,upperdir=l/x,workdir=w lowerdir=l,foo=bar; do python3 - $o <<'P'
import ctypes,sys,os
l=ctypes.CDLL(None,use_errno=True); r=l.mount(b'o',b'm',b'overlay',0,sys.argv[1].encode()); print(sys.argv[1], r and os.strerror(ctypes.get_errno()))
if r==0: l.umount(b'm')
P
done
cd /; umount $B; rmdir $B
