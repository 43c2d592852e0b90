/**
 * Calls that are not there, each with its reason: ENOSYS, as on a Linux that was built without them. With a row here a
 * call has its name in traces and in the log, and its reason in docs/syscalls.md. A call that gets a handler moves to
 * the file of its family.
 */
import { missing, type Row } from './table.ts';

const REASONS: readonly (readonly [string, readonly (readonly [number, string])[]])[] = [
  ['no namespaces', [[308, 'setns']]],
  [
    'mounts are made by mount(2)',
    [
      [428, 'open_tree'],
      [429, 'move_mount'],
      [430, 'fsopen'],
      [431, 'fsconfig'],
      [432, 'fsmount'],
      [433, 'fspick'],
      [442, 'mount_setattr'],
      [467, 'open_tree_attr'],
    ],
  ],
  [
    'no loadable modules, and no other kernel to start',
    [
      [175, 'init_module'],
      [176, 'delete_module'],
      [246, 'kexec_load'],
      [313, 'finit_module'],
      [320, 'kexec_file_load'],
    ],
  ],
  [
    'no key rings',
    [
      [248, 'add_key'],
      [249, 'request_key'],
      [250, 'keyctl'],
    ],
  ],
  [
    'no swap',
    [
      [167, 'swapon'],
      [168, 'swapoff'],
    ],
  ],
  [
    'no disk quotas',
    [
      [179, 'quotactl'],
      [443, 'quotactl_fd'],
    ],
  ],
  [
    'no security modules',
    [
      [459, 'lsm_get_self_attr'],
      [460, 'lsm_set_self_attr'],
      [461, 'lsm_list_modules'],
    ],
  ],
  [
    'see /proc/self/mountinfo',
    [
      [457, 'statmount'],
      [458, 'listmount'],
    ],
  ],
  ['no process accounting file', [[163, 'acct']]],
  ['no memory hidden from the kernel', [[447, 'memfd_secret']]],
  [
    'no segments, no I/O ports',
    [
      [154, 'modify_ldt'],
      [172, 'iopl'],
      [173, 'ioperm'],
    ],
  ],
  [
    'not in Linux for x86-64 either, or no longer',
    [
      [134, 'uselib'],
      [156, '_sysctl'],
      [174, 'create_module'],
      [177, 'get_kernel_syms'],
      [178, 'query_module'],
      [180, 'nfsservctl'],
      [181, 'getpmsg'],
      [182, 'putpmsg'],
      [183, 'afs_syscall'],
      [184, 'tuxcall'],
      [185, 'security'],
      [205, 'set_thread_area'],
      [211, 'get_thread_area'],
      [212, 'lookup_dcookie'],
      [214, 'epoll_ctl_old'],
      [215, 'epoll_wait_old'],
      [236, 'vserver'],
    ],
  ],
];

export const missingTable: Row[] = REASONS.flatMap(([why, calls]) =>
  calls.map(([number, name]): Row => [number, missing(name, why)]),
);
