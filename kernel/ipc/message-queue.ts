/**
 * MessageQueue: a System V message queue. Linux counterpart: struct msg_queue, ipc/msg.c. Senders and receivers that
 * must wait sleep on its queues and try again in the order in which they came.
 */
import { ENOMEM } from '../abi/errno.ts';
import { MSG_EXCEPT } from '../abi/ipc.ts';
import { fail } from '../errors.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import { IpcObject } from './ipc-table.ts';
import type { SystemVIpc } from './ipc.ts';

export interface QueuedMessage {
  /** Greater than 0. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** What an empty message costs of host memory. */
const OVERHEAD = 64;

export class MessageQueue extends IpcObject {
  readonly ipc: SystemVIpc;
  messages: QueuedMessage[] = [];
  /** Bytes of all messages. */
  cbytes = 0;
  qbytes: number;
  stime = 0;
  rtime = 0;
  lspid = 0;
  lrpid = 0;
  readonly senders = new WaitQueue();
  readonly receivers = new WaitQueue();

  constructor(ipc: SystemVIpc, task: Task, key: number, flags: number) {
    super(task, key, flags);
    this.ipc = ipc;
    this.qbytes = ipc.msgmnb;
  }

  /** Room for a message: at most qbytes bytes, and no more messages than that either. */
  hasRoom(length: number): boolean {
    return length + this.cbytes <= this.qbytes && 1 + this.messages.length <= this.qbytes;
  }

  put(task: Task, type: number, bytes: Uint8Array): void {
    if (!this.ipc.kernel.buffers.take(bytes.length + OVERHEAD)) fail(ENOMEM, 'msgsnd: no memory');
    this.messages.push({ type, bytes });
    this.cbytes += bytes.length;
    this.lspid = task.group.tgid;
    this.stime = task.kernel.time.now().sec;
    this.receivers.wake();
  }

  /**
   * The first message (`type` 0), the first of a type, with MSG_EXCEPT the first of another, or (`type` < 0) the first
   * of the lowest type up to −type.
   */
  find(type: number, flags: number): QueuedMessage | undefined {
    if (type === 0) return this.messages[0];
    if (type > 0) {
      const isExcept = (flags & MSG_EXCEPT) !== 0;
      return this.messages.find(message => (message.type === type) !== isExcept);
    }
    let best: QueuedMessage | undefined;
    for (const message of this.messages) {
      if (message.type <= -type && (best === undefined || message.type < best.type)) best = message;
    }
    return best;
  }

  take(task: Task, message: QueuedMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
    this.#discharge(message);
    this.lrpid = task.group.tgid;
    this.rtime = task.kernel.time.now().sec;
    this.senders.wake();
  }

  /** IPC_RMID: whoever waits learns of it. */
  remove(): void {
    this.ipc.queues.remove(this);
    for (const message of this.messages) this.#discharge(message);
    this.messages = [];
    this.senders.wake();
    this.receivers.wake();
  }

  #discharge({ bytes }: QueuedMessage): void {
    this.cbytes -= bytes.length;
    this.ipc.kernel.buffers.give(bytes.length + OVERHEAD);
  }
}
