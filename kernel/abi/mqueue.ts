/** POSIX message queues: linux/mqueue.h, mq_overview(7). */
import { layout } from './layout.ts';

/** struct mq_attr */
export const MqAttr = layout('mq_attr', 64, {
  flags: [0, 'i64'],
  maxmsg: [8, 'i64'],
  msgsize: [16, 'i64'],
  curmsgs: [24, 'i64'],
});
export const MQ_PRIO_MAX = 32768;
export const HARD_MSGMAX = 65536;
export const HARD_MSGSIZEMAX = 16 * 1024 * 1024;
export const MQUEUE_MAGIC = 0x19800202;

/** SIGEV_THREAD: what is sent to the netlink socket, and its last byte. */
export const NOTIFY_COOKIE_LEN = 32;
export const NOTIFY_WOKENUP = 1;
export const NOTIFY_REMOVED = 2;
