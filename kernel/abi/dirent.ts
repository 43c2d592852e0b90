/** Directory records of getdents64(2) and getdents(2): linux/dirent.h. The name follows each header. */
import { layout } from './layout.ts';

export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

/** struct linux_dirent64 up to d_name. Records are padded to 8 bytes. */
export const Dirent64 = layout('linux_dirent64', 19, {
  ino: [0, 'u64'],
  off: [8, 'i64'],
  reclen: [16, 'u16'],
  type: [18, 'u8'],
});
/** struct linux_dirent up to d_name; d_type is the record's last byte. */
export const Dirent = layout('linux_dirent', 18, { ino: [0, 'u64'], off: [8, 'i64'], reclen: [16, 'u16'] });
