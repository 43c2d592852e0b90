/** io_uring: linux/io_uring.h. */
import { layout } from './layout.ts';

export const IORING_SETUP_CQSIZE = 1 << 3;
export const IORING_SETUP_CLAMP = 1 << 4;
export const IORING_SETUP_R_DISABLED = 1 << 6;
export const IORING_SETUP_SUBMIT_ALL = 1 << 7;
export const IORING_SETUP_COOP_TASKRUN = 1 << 8;
export const IORING_SETUP_TASKRUN_FLAG = 1 << 9;
export const IORING_SETUP_SINGLE_ISSUER = 1 << 12;
export const IORING_SETUP_DEFER_TASKRUN = 1 << 13;
export const IORING_SETUP_NO_SQARRAY = 1 << 16;

export const IORING_FEAT_SINGLE_MMAP = 1 << 0;
export const IORING_FEAT_NODROP = 1 << 1;
export const IORING_FEAT_SUBMIT_STABLE = 1 << 2;
export const IORING_FEAT_RW_CUR_POS = 1 << 3;
export const IORING_FEAT_CUR_PERSONALITY = 1 << 4;
export const IORING_FEAT_FAST_POLL = 1 << 5;
export const IORING_FEAT_POLL_32BITS = 1 << 6;
export const IORING_FEAT_EXT_ARG = 1 << 8;
export const IORING_FEAT_NATIVE_WORKERS = 1 << 9;
export const IORING_FEAT_CQE_SKIP = 1 << 11;
export const IORING_FEAT_LINKED_FILE = 1 << 12;

export const IORING_OFF_CQ_RING = 0x8000000;
export const IORING_OFF_SQES = 0x10000000;

export const IORING_SQ_CQ_OVERFLOW = 2;
export const IORING_CQ_EVENTFD_DISABLED = 1;

export const IORING_ENTER_GETEVENTS = 1;
export const IORING_ENTER_SQ_WAKEUP = 2;
export const IORING_ENTER_SQ_WAIT = 4;
export const IORING_ENTER_EXT_ARG = 8;

export const IOSQE_FIXED_FILE = 1;
export const IOSQE_IO_DRAIN = 2;
export const IOSQE_IO_LINK = 4;
export const IOSQE_IO_HARDLINK = 8;
export const IOSQE_ASYNC = 16;
export const IOSQE_BUFFER_SELECT = 32;
export const IOSQE_CQE_SKIP_SUCCESS = 64;
export const IOSQE_ALL = 127;

export const IORING_CQE_F_BUFFER = 1;
export const IORING_CQE_F_MORE = 2;
export const IORING_CQE_F_SOCK_NONEMPTY = 4;
export const IORING_CQE_BUFFER_SHIFT = 16;

export const IORING_OP_NOP = 0;
export const IORING_OP_READV = 1;
export const IORING_OP_WRITEV = 2;
export const IORING_OP_FSYNC = 3;
export const IORING_OP_READ_FIXED = 4;
export const IORING_OP_WRITE_FIXED = 5;
export const IORING_OP_POLL_ADD = 6;
export const IORING_OP_POLL_REMOVE = 7;
export const IORING_OP_SYNC_FILE_RANGE = 8;
export const IORING_OP_SENDMSG = 9;
export const IORING_OP_RECVMSG = 10;
export const IORING_OP_TIMEOUT = 11;
export const IORING_OP_TIMEOUT_REMOVE = 12;
export const IORING_OP_ACCEPT = 13;
export const IORING_OP_ASYNC_CANCEL = 14;
export const IORING_OP_LINK_TIMEOUT = 15;
export const IORING_OP_CONNECT = 16;
export const IORING_OP_FALLOCATE = 17;
export const IORING_OP_OPENAT = 18;
export const IORING_OP_CLOSE = 19;
export const IORING_OP_FILES_UPDATE = 20;
export const IORING_OP_STATX = 21;
export const IORING_OP_READ = 22;
export const IORING_OP_WRITE = 23;
export const IORING_OP_FADVISE = 24;
export const IORING_OP_MADVISE = 25;
export const IORING_OP_SEND = 26;
export const IORING_OP_RECV = 27;
export const IORING_OP_OPENAT2 = 28;
export const IORING_OP_EPOLL_CTL = 29;
export const IORING_OP_SPLICE = 30;
export const IORING_OP_PROVIDE_BUFFERS = 31;
export const IORING_OP_REMOVE_BUFFERS = 32;
export const IORING_OP_TEE = 33;
export const IORING_OP_SHUTDOWN = 34;
export const IORING_OP_RENAMEAT = 35;
export const IORING_OP_UNLINKAT = 36;
export const IORING_OP_MKDIRAT = 37;
export const IORING_OP_SYMLINKAT = 38;
export const IORING_OP_LINKAT = 39;
export const IORING_OP_FSETXATTR = 41;
export const IORING_OP_SETXATTR = 42;
export const IORING_OP_FGETXATTR = 43;
export const IORING_OP_GETXATTR = 44;
export const IORING_OP_SOCKET = 45;
export const IORING_OP_FTRUNCATE = 55;
export const IORING_OP_BIND = 56;
export const IORING_OP_LISTEN = 57;
export const IORING_OP_LAST = 58;

export const IORING_FSYNC_DATASYNC = 1;
export const IORING_TIMEOUT_ABS = 1;
export const IORING_TIMEOUT_UPDATE = 2;
export const IORING_TIMEOUT_BOOTTIME = 4;
export const IORING_TIMEOUT_REALTIME = 8;
export const IORING_LINK_TIMEOUT_UPDATE = 16;
export const IORING_TIMEOUT_ETIME_SUCCESS = 32;
export const IORING_POLL_ADD_MULTI = 1;
export const IORING_ASYNC_CANCEL_ALL = 1;
export const IORING_ASYNC_CANCEL_FD = 2;
export const IORING_ASYNC_CANCEL_ANY = 4;
export const IORING_RECV_MULTISHOT = 2;
export const IORING_ACCEPT_MULTISHOT = 1;

export const IORING_REGISTER_BUFFERS = 0;
export const IORING_UNREGISTER_BUFFERS = 1;
export const IORING_REGISTER_FILES = 2;
export const IORING_UNREGISTER_FILES = 3;
export const IORING_REGISTER_EVENTFD = 4;
export const IORING_UNREGISTER_EVENTFD = 5;
export const IORING_REGISTER_FILES_UPDATE = 6;
export const IORING_REGISTER_EVENTFD_ASYNC = 7;
export const IORING_REGISTER_PROBE = 8;
export const IORING_REGISTER_PERSONALITY = 9;
export const IORING_UNREGISTER_PERSONALITY = 10;
export const IORING_REGISTER_ENABLE_RINGS = 12;
export const IORING_REGISTER_PBUF_RING = 22;
export const IORING_UNREGISTER_PBUF_RING = 23;
export const IO_URING_OP_SUPPORTED = 1;

/** struct io_uring_params; the offsets of both rings follow as words. */
export const IoUringParams = layout('io_uring_params', 120, {
  sqEntries: [0, 'u32'],
  cqEntries: [4, 'u32'],
  flags: [8, 'u32'],
  sqThreadCpu: [12, 'u32'],
  sqThreadIdle: [16, 'u32'],
  features: [20, 'u32'],
  wqFd: [24, 'u32'],
  reserved: [28, 'bytes', 12],
  sqOffsets: [40, 'bytes', 40],
  cqOffsets: [80, 'bytes', 40],
});

/** struct io_uring_sqe, by the names of its most common uses. */
export const SQE_SIZE = 64;
export const IoUringSqe = layout('io_uring_sqe', SQE_SIZE, {
  opcode: [0, 'u8'],
  flags: [1, 'u8'],
  ioprio: [2, 'u16'],
  fd: [4, 'i32'],
  off: [8, 'b64'],
  addr: [16, 'b64'],
  len: [24, 'u32'],
  opFlags: [28, 'u32'],
  userData: [32, 'b64'],
  bufIndex: [40, 'u16'],
  personality: [42, 'u16'],
  fileIndex: [44, 'u32'],
  addr3: [48, 'b64'],
});
export const IoUringCqe = layout('io_uring_cqe', 16, {
  userData: [0, 'b64'],
  res: [8, 'i32'],
  flags: [12, 'u32'],
});
/** struct io_uring_getevents_arg */
export const GeteventsArg = layout('io_uring_getevents_arg', 24, {
  sigmask: [0, 'u64'],
  sigmaskSize: [8, 'u32'],
  timeout: [16, 'u64'],
});
/** struct io_uring_buf_reg */
export const BufReg = layout('io_uring_buf_reg', 40, {
  ringAddr: [0, 'u64'],
  ringEntries: [8, 'u32'],
  bgid: [12, 'u16'],
  flags: [14, 'u16'],
});
/** struct io_uring_files_update */
export const FilesUpdate = layout('io_uring_files_update', 16, { offset: [0, 'u32'], fds: [8, 'u64'] });
