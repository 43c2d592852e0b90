/** Asynchronous I/O of the kernel: linux/aio_abi.h, io_submit(2). */
import { layout } from './layout.ts';

export const IOCB_CMD_PREAD = 0;
export const IOCB_CMD_PWRITE = 1;
export const IOCB_CMD_FSYNC = 2;
export const IOCB_CMD_FDSYNC = 3;
export const IOCB_CMD_NOOP = 6;
export const IOCB_CMD_PREADV = 7;
export const IOCB_CMD_PWRITEV = 8;
export const IOCB_FLAG_RESFD = 1;
export const IOCB_FLAG_IOPRIO = 2;
export const KIOCB_KEY = 0;

/** struct iocb */
export const Iocb = layout('iocb', 64, {
  data: [0, 'b64'],
  key: [8, 'u32'],
  rwFlags: [12, 'u32'],
  opcode: [16, 'u16'],
  fd: [20, 'u32'],
  buf: [24, 'b64'],
  nbytes: [32, 'b64'],
  offset: [40, 'b64'],
  reserved: [48, 'b64'],
  flags: [56, 'u32'],
  resfd: [60, 'u32'],
});
/** struct io_event */
export const IoEvent = layout('io_event', 32, {
  data: [0, 'b64'],
  obj: [8, 'b64'],
  res: [16, 'i64'],
  res2: [24, 'i64'],
});
