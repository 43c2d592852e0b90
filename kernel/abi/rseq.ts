/** Restartable sequences: linux/rseq.h, rseq(2). */
import { layout } from './layout.ts';

export const RSEQ_FLAG_UNREGISTER = 1;
/** Least size of struct rseq that is accepted, and its alignment then. */
export const RSEQ_ORIG_SIZE = 32;
export const RSEQ_CPU_ID_UNINITIALIZED = 0xffff_ffff;

/** struct rseq */
export const RSEQ_CPU_ID_START = 0;
export const RSEQ_CPU_ID = 4;
export const RSEQ_CRITICAL_SECTION = 8;
export const RSEQ_NODE_ID = 20;
export const RSEQ_MM_CID = 24;
/** offsetofend(struct rseq, mm_cid): what of it is used, AT_RSEQ_FEATURE_SIZE. */
export const RSEQ_FEATURE_SIZE = 28;

/** struct rseq_cs */
export const RseqCriticalSectionLayout = layout('rseq_cs', 32, {
  version: [0, 'u32'],
  flags: [4, 'u32'],
  startIp: [8, 'u64'],
  postCommitOffset: [16, 'u64'],
  abortIp: [24, 'u64'],
});
