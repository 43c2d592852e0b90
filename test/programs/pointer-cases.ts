/**
 * One call with good arguments for each system call that takes a pointer. test/programs/pointers.ts makes it, and makes
 * it again with each pointer replaced by bad ones. The same lines ran on Linux 6.18: what is not EFAULT there stands in
 * test/pointers.test.ts with its reason.
 *
 *   name argument… [=RESULT]
 *
 *   12, 0x7f, -1    a number; $file and the like: descriptors that the program made, $self: its pid
 *   in:FIELDS       a pointer that the kernel reads; h= w= q= are fields of 2, 4 and 8 bytes, z=N is N zero bytes,
 *                   s=TEXT a string; %r and %w in a field are pointers in their turn, which the kernel reads and writes;
 *                   %u and %v to an iovec with such a pointer, %s to a string, %a to a socket address
 *   out:N, io:F     a pointer that the kernel writes; that it reads and writes
 *   any:N           a pointer that the kernel may leave alone
 *   addr            an address that is only looked up: any answer will do
 *   =RESULT         what the good call gives, if it is no success; =? any answer; =never: it is not made
 *
 * The order matters: later lines use what earlier ones made.
 */
export const POINTER_CASES = `
read $file out:16 16
write $file in:z=16 16
open in:s=/tmp/bp/file 0 0
stat in:s=/tmp/bp/file out:144
fstat $file out:144
lstat in:s=/tmp/bp/file out:144
poll io:w=$pr,h=1,h=0 1 0
mmap addr 4096 3 0x22 -1 0
mprotect addr 4096 1
munmap addr 4096
brk addr =?
rt_sigaction 10 in:q=0,q=0,q=0,q=0 out:32 8
rt_sigprocmask 0 in:z=8 out:8 8
ioctl $tty 0x5401 out:36
ioctl $tty 0x5413 out:8
ioctl $tty 0x5414 in:z=8
ioctl $tty 0x5402 in:z=36
ioctl $ptm 0x80045430 out:4
ioctl $ptm 0x40045431 in:z=4
ioctl $pr 0x541b out:4
ioctl $pr 0x5421 in:w=1
pread64 $file out:16 16 0
pwrite64 $file in:z=16 16 0
readv $file in:q=%w,q=16 1
writev $file in:q=%r,q=16 1
preadv $file in:q=%w,q=16 1 0
pwritev $file in:q=%r,q=16 1 0
preadv2 $file in:q=%w,q=16 1 0 0 0
pwritev2 $file in:q=%r,q=16 1 0 0 0
access in:s=/tmp/bp/file 0
pipe out:8
pipe2 out:8 0
select 64 io:z=8 io:z=8 io:z=8 in:z=16
pselect6 64 io:z=8 io:z=8 io:z=8 in:z=16 in:q=%r,q=8
ppoll io:w=$pr,h=1,h=0 1 in:z=16 in:z=8 8
mremap addr 4096 4096 0 0
msync addr 4096 1
mincore addr 4096 out:1
madvise addr 4096 4
mlock addr 4096
mlock2 addr 4096 0
munlock addr 4096
pkey_mprotect addr 4096 1 -1
nanosleep in:q=0,q=1 any:16
clock_nanosleep 1 0 in:q=0,q=1 any:16
getitimer 1 out:32
setitimer 1 in:z=32 out:32
sendfile $out $file io:q=0 16
connect $client in:h=1,s=/tmp/bp/sock,z=20 22
accept $listener out:110 io:w=110
accept4 $listener out:110 io:w=110 0
sendto $s1 in:z=4 4 0 0 0
sendto $dg in:z=4 4 0 in:h=1,s=/tmp/bp/dg,z=20 20
recvfrom $s1 out:4 4 0x40 0 0
recvfrom $dgr out:4 4 0x40 out:110 io:w=110
sendmsg $s1 in:q=0,q=0,q=%u,q=1,q=0,q=0,q=0 0x40
sendmsg $dg in:q=%a,q=20,q=%u,q=1,q=0,q=0,q=0 0x40
recvmsg $s1 io:q=0,q=0,q=%v,q=1,q=0,q=0,q=0 0x40
recvmsg $dgr io:q=%w,q=110,q=%v,q=1,q=0,q=0,q=0 0x40
recvmmsg $s1 io:q=0,q=0,q=%v,q=1,q=0,q=0,q=0,q=0 1 0x40 in:z=16
sendmmsg $s1 io:q=0,q=0,q=%u,q=1,q=0,q=0,q=0,q=0 1 0x40
bind $unbound in:h=1,s=/tmp/bp/bound,z=20 24
getsockname $listener out:110 io:w=110
getpeername $client out:110 io:w=110
socketpair 1 1 0 out:8
setsockopt $s1 1 7 in:w=4096 4
getsockopt $s1 1 7 out:4 io:w=4
clone 0 in:z=8 any:4 any:4 0 =never
clone3 in:z=88 88 =never
execve in:s=/bin/true in:q=%s,q=0 in:q=%s,q=0 =never
execveat -100 in:s=/bin/true in:q=%s,q=0 in:q=%s,q=0 0 =never
wait4 -1 out:4 0 out:144
waitid 0 0 out:128 4 out:144
uname out:390
fcntl $file 5 io:h=1,h=0,w=0,q=0,q=0,w=0,w=0
fcntl $file 6 in:h=0,h=0,w=0,q=0,q=0,w=0,w=0
truncate in:s=/tmp/bp/file 8192
getdents $dir out:512 512
getdents64 $dir out:512 512
getcwd out:64 64
chdir in:s=/tmp/bp
rename in:s=/tmp/bp/a in:s=/tmp/bp/b
renameat -100 in:s=/tmp/bp/b -100 in:s=/tmp/bp/c
renameat2 -100 in:s=/tmp/bp/c -100 in:s=/tmp/bp/d 0
mkdir in:s=/tmp/bp/newdir 0755
mkdirat -100 in:s=/tmp/bp/newdir2 0755
rmdir in:s=/tmp/bp/newdir
creat in:s=/tmp/bp/created 0644
link in:s=/tmp/bp/file in:s=/tmp/bp/hard
linkat -100 in:s=/tmp/bp/file -100 in:s=/tmp/bp/hard2 0
unlink in:s=/tmp/bp/hard
unlinkat -100 in:s=/tmp/bp/hard2 0
symlink in:s=file in:s=/tmp/bp/link
symlinkat in:s=file -100 in:s=/tmp/bp/link2
readlink in:s=/tmp/bp/link out:16 16
readlinkat -100 in:s=/tmp/bp/link out:16 16
chmod in:s=/tmp/bp/file 0644
fchmodat -100 in:s=/tmp/bp/file 0644
fchmodat2 -100 in:s=/tmp/bp/file 0644 0
chown in:s=/tmp/bp/file 0 0
lchown in:s=/tmp/bp/link 0 0
fchownat -100 in:s=/tmp/bp/file 0 0 0
faccessat -100 in:s=/tmp/bp/file 0
faccessat2 -100 in:s=/tmp/bp/file 0 0
gettimeofday out:16 out:8
getrlimit 7 out:16
setrlimit 7 in:q=1024,q=4096
prlimit64 0 7 in:q=1024,q=4096 out:16
getrusage 0 out:144
sysinfo out:112
times out:32
syslog 3 out:100 100
setgroups 1 in:w=7
getgroups 8 out:4
getresuid out:4 out:4 out:4
getresgid out:4 out:4 out:4
capget in:w=0x20080522,w=0 out:24
capset in:w=0x20080522,w=0 in:z=24 =never
rt_sigpending out:8 8
rt_sigtimedwait in:z=8 any:128 in:z=16 8 =EAGAIN
rt_sigqueueinfo $self 0 in:w=0,w=0,w=-1,z=116
rt_tgsigqueueinfo $self $self 0 in:w=0,w=0,w=-1,z=116
rt_sigsuspend in:z=8 8 =never
sigaltstack in:q=0,w=2,w=0,q=0 out:24
utime in:s=/tmp/bp/file in:q=1,q=1
utimes in:s=/tmp/bp/file in:z=32
futimesat -100 in:s=/tmp/bp/file in:z=32
utimensat -100 in:s=/tmp/bp/file in:z=32 0
mknod in:s=/tmp/bp/node 0100644 0
mknodat -100 in:s=/tmp/bp/node2 0100644 0
statfs in:s=/tmp out:120
fstatfs $file out:120
sched_setparam 0 in:w=0
sched_getparam 0 out:4
sched_setscheduler 0 0 in:w=0
sched_rr_get_interval 0 out:16
sched_setaffinity 0 8 in:q=3
sched_getaffinity 0 8 out:8
sched_setattr 0 in:w=48,z=44 0
sched_getattr 0 out:48 48 0
pivot_root in:s=/tmp in:s=/tmp =?
prctl 15 in:s=name
prctl 16 out:16
prctl 2 out:4
prctl 37 out:4
arch_prctl 0x1003 out:8
adjtimex io:z=208
clock_adjtime 0 io:z=208
chroot in:s=/
settimeofday in:q=-1,q=0 0 =EINVAL
settimeofday 0 in:z=8
mount in:s=none in:s=/tmp/bp/mnt in:s=tmpfs 0 in:s=size=64k
umount2 in:s=/tmp/bp/mnt 0
reboot 0xfee1dead 672274793 0xa1b2c3d4 in:s=x =never
sethostname in:s=lodger 6
setdomainname in:s=(none) 6
setxattr in:s=/tmp/bp/file in:s=user.a in:z=4 4 0
lsetxattr in:s=/tmp/bp/file in:s=user.b in:z=4 4 0
fsetxattr $file in:s=user.c in:z=4 4 0
getxattr in:s=/tmp/bp/file in:s=user.a out:4 4
lgetxattr in:s=/tmp/bp/file in:s=user.a out:4 4
fgetxattr $file in:s=user.a out:4 4
listxattr in:s=/tmp/bp/file out:256 256
llistxattr in:s=/tmp/bp/file out:256 256
flistxattr $file out:256 256
removexattr in:s=/tmp/bp/file in:s=user.a
lremovexattr in:s=/tmp/bp/file in:s=user.b
fremovexattr $file in:s=user.c
time out:8
futex io:w=1 0 0 0 0 0 =EAGAIN
futex in:w=1 0 0 in:z=16 0 0 =EAGAIN
futex io:w=1 1 1 0 0 0
futex io:w=1 3 1 0 io:w=1 0
futex io:w=1 5 1 0 io:w=1 0
futex_waitv in:q=1,q=%r,w=2,w=0 1 0 in:z=16 1 =EAGAIN
set_tid_address any:4
timer_create 1 in:q=0,w=10,w=1,z=48 out:4
timer_settime $timer 0 in:z=32 out:32
timer_gettime $timer out:32
clock_settime 0 in:q=-1,q=0 =EINVAL
clock_gettime 0 out:16
clock_getres 1 out:16
epoll_ctl $ep 3 $efd in:w=1,q=0
epoll_wait $ep out:12 1 0
epoll_pwait $ep out:12 1 0 in:z=8 8
epoll_pwait2 $ep out:12 1 in:z=16 in:z=8 8
inotify_add_watch $inotify in:s=/tmp/bp 2
openat -100 in:s=/tmp/bp/file 0 0
openat2 -100 in:s=/tmp/bp/file in:z=24 24
newfstatat -100 in:s=/tmp/bp/file out:144 0
statx -100 in:s=/tmp/bp/file 0 0x7ff out:256
set_robust_list any:24 24
get_robust_list 0 out:8 out:8
splice $pr 0 $out io:q=0 16 0
splice $file io:q=0 $pw 0 16 0
vmsplice $pw in:q=%r,q=16 1 0
signalfd -1 in:z=8 8
signalfd4 -1 in:z=8 8 0
timerfd_settime $timerfd 0 in:z=32 out:32
timerfd_gettime $timerfd out:32
name_to_handle_at -100 in:s=/tmp/bp/file io:w=128,w=0,z=128 out:4 0 =?
open_by_handle_at -100 in:w=8,w=1,z=8 0 =?
getcpu out:4 out:4 0
process_vm_readv $self in:q=%w,q=16 1 in:q=%r,q=16 1 0
process_vm_writev $self in:q=%r,q=16 1 in:q=%w,q=16 1 0
getrandom out:16 16 0
memfd_create in:s=x 0
copy_file_range $file io:q=0 $out io:q=0 16 0
pidfd_send_signal $pidfd 0 in:w=0,w=0,w=-1,z=116 0
perf_event_open in:z=128 0 -1 -1 0 =?
bpf 0 any:128 128 =?
landlock_create_ruleset any:8 8 0 =?
landlock_add_rule -1 1 any:16 0 =?
fanotify_mark $fanotify 1 2 -100 in:s=/tmp/bp
ustat 99999 any:32 =EINVAL
cachestat $file in:q=0,q=0 out:40 0
futex_wake addr 1 1 0x82
futex_wait in:w=1 0 0xffffffff 0x82 in:z=16 1 =EAGAIN
futex_requeue in:q=1,q=%r,w=0x82,w=0,q=0,q=%r,w=0x82,w=0 0 0 0 =EAGAIN
io_uring_setup 4 io:z=120
io_uring_enter $ring 0 0 1 in:z=8 8
io_uring_register $ring 8 out:144 16
remap_file_pages addr 4096 0 0 0 =EINVAL
process_madvise $pidfd in:q=0,q=0 1 20 0
mseal addr 0 0
mq_open in:s=bpq2 0102 0600 in:q=0,q=4,q=16,z=40
mq_unlink in:s=bpq3 =ENOENT
mq_timedsend $mq in:z=16 16 1 in:q=1,q=0
mq_timedreceive $mq out:16 16 out:4 in:q=1,q=0
mq_notify $mq in:q=0,w=10,w=1,z=48
mq_getsetattr $mq in:z=64 out:64
msgsnd $msq in:q=1,z=16 16 0
msgrcv $msq out:24 16 0 0
msgctl $msq 2 out:120
semop $sem in:h=0,h=1,h=0 1
semtimedop $sem in:h=0,h=1,h=0 1 in:q=1,q=0
semctl $sem 0 2 out:104
shmat $shm addr 0 =?
shmctl $shm 2 out:112
shmdt addr =EINVAL
mbind addr 4096 0 in:q=0 64 0
set_mempolicy 0 in:q=0 64
get_mempolicy out:4 out:8 64 0 0
migrate_pages 0 64 in:q=1 in:q=1
move_pages 0 1 in:q=4096 in:w=0 out:4 0
set_mempolicy_home_node addr 4096 0 0
seccomp 2 0 in:w=0
rseq any:32 32 2 0x53053053 =EINVAL
setxattrat -100 in:s=/tmp/bp/file 0 in:s=user.x in:q=%r,w=4,w=0 16
getxattrat -100 in:s=/tmp/bp/file 0 in:s=user.x in:q=%w,w=100,w=0 16
listxattrat -100 in:s=/tmp/bp/file 0 out:100 100
removexattrat -100 in:s=/tmp/bp/file 0 in:s=user.x
io_setup 4 io:q=0
`;
