/** Notes of core files: linux/elfcore.h, sys/procfs.h of x86-64; core(5). */
import { layout } from './layout.ts';

export const ET_CORE = 4;
export const NT_PRSTATUS = 1;
export const NT_PRFPREG = 2;
export const NT_PRPSINFO = 3;
export const NT_AUXV = 6;
export const NT_SIGINFO = 0x5349_4749;
export const NT_FILE = 0x4649_4c45;

/** struct elf_prstatus; the registers are a struct user_regs_struct. */
export const PrStatus = layout('elf_prstatus', 336, {
  signo: [0, 'i32'],
  code: [4, 'i32'],
  errno: [8, 'i32'],
  currentSignal: [12, 'u16'],
  pending: [16, 'b64'],
  held: [24, 'b64'],
  pid: [32, 'i32'],
  ppid: [36, 'i32'],
  pgrp: [40, 'i32'],
  sid: [44, 'i32'],
  userSec: [48, 'i64'],
  userUsec: [56, 'i64'],
  systemSec: [64, 'i64'],
  systemUsec: [72, 'i64'],
  registers: [112, 'bytes', 216],
  hasFloat: [328, 'i32'],
});

/** struct elf_prpsinfo */
export const PrPsInfo = layout('elf_prpsinfo', 136, {
  state: [0, 'u8'],
  stateName: [1, 'u8'],
  isZombie: [2, 'u8'],
  nice: [3, 'i8'],
  flag: [8, 'u64'],
  uid: [16, 'u32'],
  gid: [20, 'u32'],
  pid: [24, 'i32'],
  ppid: [28, 'i32'],
  pgrp: [32, 'i32'],
  sid: [36, 'i32'],
  name: [40, 'bytes', 16],
  arguments: [56, 'bytes', 80],
});
