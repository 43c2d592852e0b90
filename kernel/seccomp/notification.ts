/**
 * SeccompListener: the file with which a supervisor answers system calls of others (SECCOMP_RET_USER_NOTIF); seccomp_
 * unotify(2). A call that a filter hands over sleeps until the supervisor has answered it.
 *
 *   waiting ──SECCOMP_IOCTL_NOTIF_RECV──▶ received ──SECCOMP_IOCTL_NOTIF_SEND──▶ answered ──the task runs──▶ gone
 */
import { EBADF, EEXIST, EINPROGRESS, EINVAL, ENOENT, ENOSYS, ENOTTY } from '../abi/errno.ts';
import { O_CLOEXEC, O_RDWR } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import * as abi from '../abi/seccomp.ts';
import { SLEEP, fail } from '../errors.ts';
import { File } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';

interface Request {
  readonly id: number;
  readonly task: Task;
  readonly data: Uint8Array;
  state: 'waiting' | 'received' | 'answered';
  /** What the call gives; 'continue': the call is made after all. */
  answer: number | 'continue';
}

export class SeccompListener extends File {
  readonly kernel: Kernel;
  requests: Request[] = [];
  readonly queue = new WaitQueue();
  /** Tasks that wait for their answers. */
  readonly answerQueue = new WaitQueue();
  isReleased = false;
  #nextId = 1;

  constructor(kernel: Kernel) {
    super(kernel.vfs.newAnonymousPath('seccomp notify'), O_RDWR);
    this.kernel = kernel;
  }

  add(task: Task, data: Uint8Array): Request {
    const request: Request = { id: this.#nextId++, task, data, state: 'waiting', answer: -ENOSYS };
    this.requests.push(request);
    this.queue.wake(POLLIN | POLLRDNORM);
    return request;
  }
  forget(request: Request): void {
    this.requests = this.requests.filter(other => other !== request);
  }

  /** Requests of tasks that still wait: a killed one leaves its behind. */
  #living(): Request[] {
    this.requests = this.requests.filter(
      ({ task, id }) => !task.isDead && task.call.data?.['seccompRequest'] === id,
    );
    return this.requests;
  }
  #find(id: bigint): Request {
    return (
      this.#living().find(request => BigInt(request.id) === id) ?? fail(ENOENT, 'seccomp: no such request')
    );
  }

  override ioctl(task: Task, command: number, at: number): number {
    switch (command) {
      case abi.SECCOMP_IOCTL_NOTIF_RECV:
        return this.#receive(task, at);
      case abi.SECCOMP_IOCTL_NOTIF_SEND:
        return this.#send(task, at);
      case abi.SECCOMP_IOCTL_NOTIF_ID_VALID:
        return this.#find(task.memory.readB64(at)).state === 'answered'
          ? fail(ENOENT, 'seccomp: answered')
          : 0;
      case abi.SECCOMP_IOCTL_NOTIF_ADDFD:
        return this.#addFile(task, at);
      case abi.SECCOMP_IOCTL_NOTIF_SET_FLAGS:
        return at > 1 ? fail(EINVAL, 'seccomp: listener flags') : 0;
      default:
        return fail(ENOTTY, 'seccomp: no such ioctl');
    }
  }

  #receive(task: Task, at: number): number {
    if (task.memory.copyIn(at, abi.SeccompNotif.size).some(byte => byte !== 0)) {
      fail(EINVAL, 'seccomp: the buffer is not zero');
    }
    const request = this.#living().find(({ state }) => state === 'waiting');
    if (request === undefined) return sleepOn(task, this.queue);
    const { id, data } = request;
    task.memory.copyOut(at, abi.SeccompNotif.encode({ id: BigInt(id), pid: request.task.tid, data }));
    request.state = 'received';
    this.queue.wake(POLLOUT | POLLWRNORM);
    return 0;
  }

  #send(task: Task, at: number): number {
    const { id, val, error, flags } = abi.SeccompNotifResp.decode(
      task.memory.copyIn(at, abi.SeccompNotifResp.size),
    );
    if ((flags & ~abi.SECCOMP_USER_NOTIF_FLAG_CONTINUE) !== 0) fail(EINVAL, 'seccomp: unknown flags');
    const isContinuing = flags !== 0;
    if (isContinuing && (error !== 0 || val !== 0)) fail(EINVAL, 'seccomp: an answer and none');
    this.#answer(this.#find(id), isContinuing ? 'continue' : error !== 0 ? error : val);
    return 0;
  }

  #answer(request: Request, answer: Request['answer']): void {
    if (request.state !== 'received') fail(EINPROGRESS, 'seccomp: not received, or answered');
    request.state = 'answered';
    request.answer = answer;
    this.answerQueue.wake();
  }

  /** Gives the waiting task a descriptor for a file of the supervisor's. */
  #addFile(task: Task, at: number): number {
    const wanted = abi.SeccompNotifAddfd.decode(task.memory.copyIn(at, abi.SeccompNotifAddfd.size));
    const known = abi.SECCOMP_ADDFD_FLAG_SETFD | abi.SECCOMP_ADDFD_FLAG_SEND;
    const isSetting = (wanted.flags & abi.SECCOMP_ADDFD_FLAG_SETFD) !== 0;
    if ((wanted.newfdFlags & ~O_CLOEXEC) !== 0 || (wanted.flags & ~known) !== 0)
      fail(EINVAL, 'seccomp: flags');
    if (wanted.newfd !== 0 && !isSetting) fail(EINVAL, 'seccomp: a number without SETFD');
    const file = task.files.get(wanted.srcfd | 0) ?? fail(EBADF, 'seccomp: no such descriptor');
    const request = this.#find(wanted.id);
    if (request.state !== 'received') fail(EINPROGRESS, 'seccomp: not received, or answered');
    const { files } = request.task;
    const isCloexec = wanted.newfdFlags !== 0;
    if (isSetting && files.get(wanted.newfd) === file) fail(EEXIST, 'seccomp: already there');
    this.kernel.vfs.get(file);
    let fd = wanted.newfd;
    try {
      if (isSetting) files.installAt(fd, file, isCloexec);
      else fd = files.install(file, isCloexec);
    } catch (error) {
      this.kernel.vfs.put(file);
      throw error;
    }
    if ((wanted.flags & abi.SECCOMP_ADDFD_FLAG_SEND) !== 0) this.#answer(request, fd);
    return fd;
  }

  override poll(): number {
    let events = 0;
    for (const { state } of this.#living()) {
      if (state === 'waiting') events |= POLLIN | POLLRDNORM;
      if (state === 'received') events |= POLLOUT | POLLWRNORM;
    }
    return events;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.queue];
  }

  /** Nobody will answer any more. */
  override release(): void {
    this.isReleased = true;
    for (const request of this.requests) {
      request.state = 'answered';
      request.answer = -ENOSYS;
    }
    this.answerQueue.wake();
  }
}

/** In the task whose call is to be answered: the answer, SLEEP, or that a signal came. */
export function awaitAnswer(task: Task, listener: SeccompListener, data: Uint8Array): number | 'continue' {
  const { call } = task;
  const id = call.data?.['seccompRequest'];
  let request = listener.requests.find(each => each.task === task && each.id === id);
  if (request === undefined) {
    if (listener.isReleased) return -ENOSYS;
    request = listener.add(task, data);
    call.data = { seccompRequest: request.id };
  }
  if (request.state !== 'answered') {
    const slept = sleepOn(task, listener.answerQueue);
    if (slept !== SLEEP) listener.forget(request);
    return slept;
  }
  listener.forget(request);
  call.data = undefined;
  call.attempt = 0;
  return request.answer;
}
