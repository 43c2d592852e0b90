/**
 * Calls for what this machine does not have. Each answers as Linux does where the hardware, or what an administrator
 * would have to permit, is not there: programs test for exactly these errors.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EACCES, EINVAL, ENOENT, ENOSPC, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import { full, partial, type Row } from './table.ts';

const PKEY_RIGHTS = 3;
/** struct perf_event_attr, version 0. */
const PERF_ATTR_SIZE = 64;

/** pkey_alloc(2): no processor with protection keys, so none is free. */
function sysPkeyAlloc(_task: Task, args: Args): number {
  if (args.len(0) !== 0 || args.len(1) > PKEY_RIGHTS) fail(EINVAL, 'pkey_alloc: flags or rights');
  return fail(ENOSPC, 'pkey_alloc: no protection keys');
}

/** pkey_free(2) */
function sysPkeyFree(): number {
  return fail(EINVAL, 'pkey_free: no such key');
}

/** map_shadow_stack(2): no processor with shadow stacks. */
function sysMapShadowStack(): number {
  return fail(EOPNOTSUPP, 'map_shadow_stack: no shadow stacks');
}

/** landlock_create_ruleset(2) and its kin, as on a kernel that was booted without Landlock. */
function sysLandlock(): number {
  return fail(EOPNOTSUPP, 'landlock: disabled at boot');
}

/** bpf(2), with kernel.unprivileged_bpf_disabled at 2, and nothing that a privileged caller could load. */
function sysBpf(): number {
  return fail(EPERM, 'bpf: not permitted');
}

/** perf_event_open(2), with kernel.perf_event_paranoid above 2; nothing counts. */
function sysPerfEventOpen(task: Task, args: Args): number {
  task.memory.copyIn(args.ptr(0), PERF_ATTR_SIZE);
  if (!task.capable(CAP_SYS_ADMIN)) fail(EACCES, 'perf_event_open: paranoid');
  return fail(ENOENT, 'perf_event_open: no such event');
}

/** userfaultfd(2), as for a caller who may not. */
function sysUserfaultfd(): number {
  return fail(EPERM, 'userfaultfd: not permitted');
}

export const absentTable: Row[] = [
  [
    298,
    partial('perf_event_open', 'ptr pid int fd hex', sysPerfEventOpen, 'EACCES, or ENOENT for every event'),
  ],
  [321, partial('bpf', 'int ptr uint', sysBpf, 'EPERM, as where it is not permitted')],
  [323, partial('userfaultfd', 'hex', sysUserfaultfd, 'EPERM, as where it is not permitted')],
  [330, full('pkey_alloc', 'hex hex', sysPkeyAlloc)],
  [331, full('pkey_free', 'int', sysPkeyFree)],
  [
    444,
    partial(
      'landlock_create_ruleset',
      'ptr len hex',
      sysLandlock,
      'EOPNOTSUPP, as with Landlock disabled at boot',
    ),
  ],
  [
    445,
    partial(
      'landlock_add_rule',
      'fd int ptr hex',
      sysLandlock,
      'EOPNOTSUPP, as with Landlock disabled at boot',
    ),
  ],
  [
    446,
    partial('landlock_restrict_self', 'fd hex', sysLandlock, 'EOPNOTSUPP, as with Landlock disabled at boot'),
  ],
  [453, full('map_shadow_stack', 'ptr len hex', sysMapShadowStack)],
];
