/**
 * System V IPC: linux/ipc.h, linux/shm.h, linux/sem.h, linux/msg.h and their asm parts for x86-64.
 */
import { layout } from './layout.ts';

export const IPC_PRIVATE = 0;
export const IPC_CREAT = 0o1000;
export const IPC_EXCL = 0o2000;
export const IPC_NOWAIT = 0o4000;

export const IPC_RMID = 0;
export const IPC_SET = 1;
export const IPC_STAT = 2;
export const IPC_INFO = 3;

/** Most objects of a kind; the upper bits of an identifier are a sequence number. */
export const IPCMNI_SHIFT = 15;
export const IPCMNI = 1 << IPCMNI_SHIFT;

/** struct ipc64_perm, the beginning of every *_ds. */
export const IpcPerm = layout('ipc64_perm', 48, {
  key: [0, 'i32'],
  uid: [4, 'u32'],
  gid: [8, 'u32'],
  cuid: [12, 'u32'],
  cgid: [16, 'u32'],
  mode: [20, 'u32'],
  seq: [24, 'u16'],
});

// ---- shared memory

export const SHM_RDONLY = 0o10000;
export const SHM_RND = 0o20000;
export const SHM_REMAP = 0o40000;
export const SHM_EXEC = 0o100000;
/** In mode: it is destroyed at the last detach; it is locked. */
export const SHM_DEST = 0o1000;
export const SHM_LOCKED = 0o2000;
export const SHM_HUGETLB = 0o4000;
export const SHM_NORESERVE = 0o10000;
export const SHM_LOCK = 11;
export const SHM_UNLOCK = 12;
export const SHM_STAT = 13;
export const SHM_INFO = 14;
export const SHM_STAT_ANY = 15;
export const SHMMNI = 4096;
/** shmmax and shmall: ULONG_MAX − 2^24. */
export const SHM_UNLIMITED = 2n ** 64n - 1n - 2n ** 24n;

export const ShmidDs = layout('shmid64_ds', 112, {
  ...IpcPerm.fields,
  segsz: [48, 'u64'],
  atime: [56, 'i64'],
  dtime: [64, 'i64'],
  ctime: [72, 'i64'],
  cpid: [80, 'i32'],
  lpid: [84, 'i32'],
  nattch: [88, 'u64'],
});
export const Shminfo = layout('shminfo64', 72, {
  shmmax: [0, 'b64'],
  shmmin: [8, 'u64'],
  shmmni: [16, 'u64'],
  shmseg: [24, 'u64'],
  shmall: [32, 'b64'],
});
export const ShmInfo = layout('shm_info', 48, {
  used_ids: [0, 'i32'],
  shm_tot: [8, 'u64'],
  shm_rss: [16, 'u64'],
  shm_swp: [24, 'u64'],
});

// ---- semaphores

export const SEM_UNDO = 0x1000;
export const GETPID = 11;
export const GETVAL = 12;
export const GETALL = 13;
export const GETNCNT = 14;
export const GETZCNT = 15;
export const SETVAL = 16;
export const SETALL = 17;
export const SEM_STAT = 18;
export const SEM_INFO = 19;
export const SEM_STAT_ANY = 20;
export const SEMMNI = 32000;
export const SEMMSL = 32000;
export const SEMMNS = SEMMNI * SEMMSL;
export const SEMOPM = 500;
export const SEMVMX = 32767;
/** Most that an adjustment at exit may be. */
export const SEMAEM = SEMVMX;

export const SemidDs = layout('semid64_ds', 104, {
  ...IpcPerm.fields,
  otime: [48, 'i64'],
  ctime: [64, 'i64'],
  nsems: [80, 'u64'],
});
export const Sembuf = layout('sembuf', 6, { num: [0, 'u16'], op: [2, 'i16'], flg: [4, 'i16'] });
export const Seminfo = layout('seminfo', 40, {
  semmap: [0, 'i32'],
  semmni: [4, 'i32'],
  semmns: [8, 'i32'],
  semmnu: [12, 'i32'],
  semmsl: [16, 'i32'],
  semopm: [20, 'i32'],
  semume: [24, 'i32'],
  semusz: [28, 'i32'],
  semvmx: [32, 'i32'],
  semaem: [36, 'i32'],
});

// ---- messages

export const MSG_NOERROR = 0o10000;
export const MSG_EXCEPT = 0o20000;
export const MSG_COPY = 0o40000;
export const MSG_STAT = 11;
export const MSG_INFO = 12;
export const MSG_STAT_ANY = 13;
export const MSGMNI = 32000;
export const MSGMAX = 8192;
export const MSGMNB = 16384;

export const MsqidDs = layout('msqid64_ds', 120, {
  ...IpcPerm.fields,
  stime: [48, 'i64'],
  rtime: [56, 'i64'],
  ctime: [64, 'i64'],
  cbytes: [72, 'u64'],
  qnum: [80, 'u64'],
  qbytes: [88, 'u64'],
  lspid: [96, 'i32'],
  lrpid: [100, 'i32'],
});
export const Msginfo = layout('msginfo', 32, {
  msgpool: [0, 'i32'],
  msgmap: [4, 'i32'],
  msgmax: [8, 'i32'],
  msgmnb: [12, 'i32'],
  msgmni: [16, 'i32'],
  msgssz: [20, 'i32'],
  msgtql: [24, 'i32'],
  msgseg: [28, 'u16'],
});
