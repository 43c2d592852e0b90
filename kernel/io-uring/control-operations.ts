/**
 * Operations that are about the ring itself, and no system calls: NOP, poll, timeouts, cancelling, provided buffers.
 * Linux counterparts: io_uring/{poll,timeout,cancel,kbuf}.c.
 */
import * as abi from '../abi/io-uring.ts';
import { EINVAL, ENOENT } from '../abi/errno.ts';
import { POLLERR, POLLHUP } from '../abi/poll.ts';
import { TimespecLayout } from '../abi/time.ts';
import { SLEEP, fail } from '../errors.ts';
import { isValidTimespec, nsOf } from '../time/clocks.ts';
import { provideBuffers, removeBuffers } from './buffers.ts';
import type { UringRequest } from './request.ts';

/** Runs, or goes on with, an operation: its result, or SLEEP while it waits. */
export function runControl(request: UringRequest): number {
  switch (request.sqe.opcode) {
    case abi.IORING_OP_NOP:
      return 0;
    case abi.IORING_OP_POLL_ADD:
      return pollAdd(request);
    case abi.IORING_OP_POLL_REMOVE:
      return pollRemove(request);
    case abi.IORING_OP_TIMEOUT:
      return timeout(request);
    case abi.IORING_OP_LINK_TIMEOUT:
      return linkTimeout(request);
    case abi.IORING_OP_TIMEOUT_REMOVE:
      return timeoutRemove(request);
    case abi.IORING_OP_ASYNC_CANCEL:
      return cancel(request);
    case abi.IORING_OP_PROVIDE_BUFFERS:
      return provideBuffers(request);
    case abi.IORING_OP_REMOVE_BUFFERS:
      return removeBuffers(request);
    case abi.IORING_OP_FILES_UPDATE: {
      const { addr, len, off } = request.sqe;
      return request.ring.registered.updateFiles(request.task, Number(off), Number(addr), len);
    }
    default:
      return fail(EINVAL, 'io_uring: no such operation');
  }
}

export const CONTROL_OPERATIONS: readonly number[] = [
  abi.IORING_OP_NOP,
  abi.IORING_OP_POLL_ADD,
  abi.IORING_OP_POLL_REMOVE,
  abi.IORING_OP_TIMEOUT,
  abi.IORING_OP_TIMEOUT_REMOVE,
  abi.IORING_OP_ASYNC_CANCEL,
  abi.IORING_OP_LINK_TIMEOUT,
  abi.IORING_OP_PROVIDE_BUFFERS,
  abi.IORING_OP_REMOVE_BUFFERS,
  abi.IORING_OP_FILES_UPDATE,
];

/** The events of the file; with IORING_POLL_ADD_MULTI a completion for each change, until it is removed. */
function pollAdd(request: UringRequest): number {
  const { sqe, worker, ring } = request;
  const file = request.file!;
  if ((sqe.len & ~abi.IORING_POLL_ADD_MULTI) !== 0) fail(EINVAL, 'io_uring: poll flags');
  const wanted = (sqe.opFlags & 0xffff) | POLLERR | POLLHUP;
  const found = file.poll() & wanted;
  const isMulti = (sqe.len & abi.IORING_POLL_ADD_MULTI) !== 0;
  if (found !== 0 && (!isMulti || ring.isOverflowing)) return found;
  if (found !== 0) ring.post(request, found, abi.IORING_CQE_F_MORE);
  worker!.waitIn(file.waitQueues(wanted));
  return SLEEP;
}

function find(
  request: UringRequest,
  userData: bigint,
  matches: (other: UringRequest) => boolean,
): UringRequest | undefined {
  for (const other of request.ring.requests) {
    if (other !== request && other.sqe.userData === userData && matches(other)) return other;
  }
  return undefined;
}

function pollRemove(request: UringRequest): number {
  const { sqe, ring } = request;
  if (sqe.len !== 0) fail(EINVAL, 'io_uring: polls are removed, not changed');
  const other = find(request, sqe.addr, each => each.sqe.opcode === abi.IORING_OP_POLL_ADD);
  if (other === undefined) return -ENOENT;
  ring.cancel(other);
  return 0;
}

/** The monotonic time at which a timeout is over; `at`: a timespec. */
function deadlineOf({ task, worker }: UringRequest, at: bigint, flags: number): number {
  const { time } = task.kernel;
  const spec = TimespecLayout.decode((worker ?? task).memory.copyIn(Number(at), TimespecLayout.size));
  if (!isValidTimespec(spec)) fail(EINVAL, 'io_uring: timespec');
  if ((flags & abi.IORING_TIMEOUT_ABS) === 0) return time.monotonicNs() + nsOf(spec);
  return (flags & abi.IORING_TIMEOUT_REALTIME) !== 0 ? time.monotonicAt(spec) : nsOf(spec);
}

const TIMEOUT_FLAGS =
  abi.IORING_TIMEOUT_ABS |
  abi.IORING_TIMEOUT_BOOTTIME |
  abi.IORING_TIMEOUT_REALTIME |
  abi.IORING_TIMEOUT_ETIME_SUCCESS;

function timeout(request: UringRequest): number {
  const { sqe, ring } = request;
  if (sqe.len !== 1 || (sqe.opFlags & ~TIMEOUT_FLAGS) !== 0) fail(EINVAL, 'io_uring: timeout');
  request.setTimer(deadlineOf(request, sqe.addr, sqe.opFlags));
  if (sqe.off !== 0n) request.completionTarget = ring.posted + Number(sqe.off);
  return SLEEP;
}

/** Begins together with the request that it limits; by itself it has nothing to do. */
function linkTimeout(request: UringRequest): number {
  if (request.limits === undefined) return fail(EINVAL, 'io_uring: a linked timeout without a link');
  request.setTimer(deadlineOf(request, request.sqe.addr, request.sqe.opFlags));
  return SLEEP;
}

function timeoutRemove(request: UringRequest): number {
  const { sqe, ring } = request;
  const isUpdate = (sqe.opFlags & abi.IORING_TIMEOUT_UPDATE) !== 0;
  const isLinked = (sqe.opFlags & abi.IORING_LINK_TIMEOUT_UPDATE) !== 0;
  const opcode = isUpdate && isLinked ? abi.IORING_OP_LINK_TIMEOUT : abi.IORING_OP_TIMEOUT;
  const other = find(request, sqe.addr, each => each.sqe.opcode === opcode);
  if (other === undefined) return -ENOENT;
  if (isUpdate) other.setTimer(deadlineOf(request, sqe.off, sqe.opFlags));
  else ring.cancel(other);
  return 0;
}

/** By user data, or by descriptor; with IORING_ASYNC_CANCEL_ALL the result is how many. */
function cancel(request: UringRequest): number {
  const { sqe, ring, task } = request;
  const flags = sqe.opFlags;
  const known = abi.IORING_ASYNC_CANCEL_ALL | abi.IORING_ASYNC_CANCEL_FD | abi.IORING_ASYNC_CANCEL_ANY;
  if ((flags & ~known) !== 0) fail(EINVAL, 'io_uring: cancel flags');
  const file = (flags & abi.IORING_ASYNC_CANCEL_FD) !== 0 ? task.files.get(sqe.fd) : undefined;
  const isAll = (flags & (abi.IORING_ASYNC_CANCEL_ALL | abi.IORING_ASYNC_CANCEL_ANY)) !== 0;
  let count = 0;
  for (const other of [...ring.requests]) {
    if (other === request) continue;
    const isMeant =
      (flags & abi.IORING_ASYNC_CANCEL_ANY) !== 0 ||
      (file !== undefined ? other.file === file : other.sqe.userData === sqe.addr);
    if (!isMeant) continue;
    ring.cancel(other);
    count++;
    if (!isAll) return 0;
  }
  if (isAll) return count;
  return -ENOENT;
}
