/** What uname(2) and /proc/version say of this kernel. */
export const RELEASE = '6.6.0-lodger';
export const VERSION = '#1 SMP PREEMPT_DYNAMIC';
export const BUILDER = 'lodger@lodger';
