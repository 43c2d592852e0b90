/** Making and scheduling tasks: linux/sched.h, linux/sched/types.h, clone(2), sched(7), ioprio_set(2). */
import { layout } from './layout.ts';

/** The low byte of clone(2)'s flags: the signal that announces the child's end. */
export const CSIGNAL = 0xff;
export const CLONE_VM = 0x100;
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_SIGHAND = 0x800;
export const CLONE_PIDFD = 0x1000;
export const CLONE_PTRACE = 0x2000;
export const CLONE_VFORK = 0x4000;
export const CLONE_PARENT = 0x8000;
export const CLONE_THREAD = 0x1_0000;
export const CLONE_NEWNS = 0x2_0000;
export const CLONE_SYSVSEM = 0x4_0000;
export const CLONE_SETTLS = 0x8_0000;
export const CLONE_PARENT_SETTID = 0x10_0000;
export const CLONE_CHILD_CLEARTID = 0x20_0000;
export const CLONE_DETACHED = 0x40_0000;
export const CLONE_UNTRACED = 0x80_0000;
export const CLONE_CHILD_SETTID = 0x100_0000;
export const CLONE_NEWCGROUP = 0x200_0000;
export const CLONE_NEWUTS = 0x400_0000;
export const CLONE_NEWIPC = 0x800_0000;
export const CLONE_NEWUSER = 0x1000_0000;
export const CLONE_NEWPID = 0x2000_0000;
export const CLONE_NEWNET = 0x4000_0000;
export const CLONE_IO = 0x8000_0000;
export const CLONE_NEWTIME = 0x80;
/** Bits above 32 exist in clone3(2) only. */
export const CLONE_CLEAR_SIGHAND = 0x1_0000_0000;
export const CLONE_INTO_CGROUP = 0x2_0000_0000;

/** struct clone_args, clone3(2), version 2. */
export const CloneArgsLayout = layout('clone_args', 88, {
  flags: [0, 'u64'],
  pidfd: [8, 'u64'],
  childTid: [16, 'u64'],
  parentTid: [24, 'u64'],
  exitSignal: [32, 'u64'],
  stack: [40, 'u64'],
  stackSize: [48, 'u64'],
  tls: [56, 'u64'],
  setTid: [64, 'u64'],
  setTidSize: [72, 'u64'],
  cgroup: [80, 'u64'],
});
export const CLONE_ARGS_SIZE_VER0 = 64;

export const SCHED_OTHER = 0;
export const SCHED_FIFO = 1;
export const SCHED_RR = 2;
export const SCHED_BATCH = 3;
export const SCHED_IDLE = 5;
export const SCHED_DEADLINE = 6;
export const SCHED_RESET_ON_FORK = 0x4000_0000;

export const SCHED_FLAG_RESET_ON_FORK = 0x1;
export const SCHED_FLAG_KEEP_POLICY = 0x8;
export const SCHED_FLAG_KEEP_PARAMS = 0x10;
export const SCHED_ATTR_SIZE_VER0 = 48;
export const SchedAttrLayout = layout('sched_attr', 56, {
  size: [0, 'u32'],
  policy: [4, 'u32'],
  flags: [8, 'u64'],
  nice: [16, 'i32'],
  priority: [20, 'u32'],
  runtime: [24, 'u64'],
  deadline: [32, 'u64'],
  period: [40, 'u64'],
  utilMin: [48, 'u32'],
  utilMax: [52, 'u32'],
});

export const IOPRIO_CLASS_SHIFT = 13;
export const IOPRIO_CLASS_NONE = 0;
export const IOPRIO_CLASS_RT = 1;
export const IOPRIO_CLASS_BE = 2;
export const IOPRIO_CLASS_IDLE = 3;
export const IOPRIO_WHO_PROCESS = 1;
export const IOPRIO_WHO_PGRP = 2;
export const IOPRIO_WHO_USER = 3;
