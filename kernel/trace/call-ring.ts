/**
 * The last system calls of each session, for who asks after the fact: what did the command that failed do? A session is
 * a command of the embedder's API with all its children. Kernel parameter `trace_calls=N`, N calls a session; read as
 * /proc/calls, a line `SESSION PID COMMAND CALL` each, the oldest first.
 *
 * A call costs a fraction of a microsecond: a slot holds its number, its registers as they were and, where the call has
 * a path or a buffer to write, some bytes of that, since it may be gone later. All else is done when somebody reads.
 *
 * Linux: nothing of this kind is there by default; the nearest is the flight recorder of tracefs.
 */
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { Errno } from '../errors.ts';
import { ARG_WORDS } from '../syscall/args.ts';
import { NO_CALL } from '../task/task.ts';
import type { Reader } from './arguments.ts';
import { entryText, exitText, resultText } from './call.ts';
import { SIGNATURES } from './signatures.ts';

/** Sessions that are remembered; the one that began first is forgotten. */
const MOST_SESSIONS = 64;
const PATH_BYTES = 96;
const DATA_BYTES = 48;

/** A call that goes on, and one that ended its task. */
const UNFINISHED = NaN;
const NO_RETURN = Infinity;

interface CallSlot {
  number: number;
  tid: number;
  comm: string;
  readonly words: Int32Array;
  result: number;
  /** Which argument `bytes` belongs to; -1: none. */
  argument: number;
  bytes: Uint8Array | undefined;
}

interface Ring {
  readonly slots: CallSlot[];
  /** Calls so far; the next one is at `count % capacity`. */
  count: number;
}

/** What of a call is kept besides its registers. */
interface Kept {
  readonly argument: number;
  readonly kind: 'path' | 'data';
  /** The argument that has the length of data. */
  readonly length: number;
}

function keptOf(name: string): Kept | null {
  const words = Object.hasOwn(SIGNATURES, name) ? SIGNATURES[name]!.split(' ') : [];
  const path = words.indexOf('path');
  if (path >= 0) return { argument: path, kind: 'path', length: 0 };
  const data = words.findIndex(word => word.startsWith('buf:'));
  return data < 0 ? null : { argument: data, kind: 'data', length: Number(words[data]!.slice(4)) };
}

export class CallRings {
  readonly #kernel: Kernel;
  readonly #capacity: number;
  readonly #rings = new Map<number, Ring>();
  /** By call number, looked up once. */
  readonly #kept: (Kept | null | undefined)[] = [];

  constructor(kernel: Kernel, capacity: number) {
    this.#kernel = kernel;
    this.#capacity = capacity;
  }

  /** A call begins: its number and arguments are in the task. */
  begin(task: Task): void {
    const { number } = task.call;
    if (number === NO_CALL) return;
    const ring = this.#ringOf(task.group.session.id);
    const at = ring.count++ % this.#capacity;
    let slot = ring.slots[at];
    if (slot === undefined) {
      slot = {
        number,
        tid: 0,
        comm: '',
        words: new Int32Array(ARG_WORDS),
        result: UNFINISHED,
        argument: -1,
        bytes: undefined,
      };
      ring.slots[at] = slot;
    }
    slot.number = number;
    slot.tid = task.tid;
    slot.comm = task.comm;
    slot.words.set(task.args.words);
    slot.result = UNFINISHED;
    slot.argument = -1;
    const kept = this.#keptOf(number);
    if (kept !== null) keep(task, kept, slot);
  }

  /** The call that the task made last is over. */
  end(task: Task, result: number): void {
    this.#finish(task, result);
  }
  /** It does not return: exit(2), or a program took the place of its own. */
  endWithout(task: Task): void {
    this.#finish(task, NO_RETURN);
  }

  #finish(task: Task, result: number): void {
    const ring = this.#rings.get(task.group.session.id);
    if (ring === undefined) return;
    const oldest = Math.max(0, ring.count - this.#capacity);
    for (let n = ring.count - 1; n >= oldest; n--) {
      const slot = ring.slots[n % this.#capacity]!;
      if (slot.tid !== task.tid) continue;
      // A return by signals alone has no call; vfork has its result when the child has a program.
      if (!Number.isFinite(slot.result)) slot.result = result;
      return;
    }
  }

  /** /proc/calls: a byte string. */
  show(): string {
    let text = '';
    for (const [session, ring] of this.#rings) {
      for (let n = Math.max(0, ring.count - this.#capacity); n < ring.count; n++) {
        const slot = ring.slots[n % this.#capacity]!;
        text += `${session} ${slot.tid} ${slot.comm.replace(/\s/g, '_')} ${this.#line(slot)}\n`;
      }
    }
    return text;
  }

  #line(slot: CallSlot): string {
    const name = this.#nameOf(slot.number);
    const reader = new SlotReader(slot);
    const options = { stringLimit: DATA_BYTES, isVerbose: false };
    const { text, shown } = entryText(name, reader, options);
    if (Number.isNaN(slot.result)) return `${text.replace(/, $/, '')} <unfinished ...>`;
    if (slot.result === NO_RETURN) {
      return `${text.replace(/, $/, '')}) = ${name.startsWith('exec') ? '0' : '?'}`;
    }
    const rest = exitText(name, shown, reader, options, slot.result);
    return `${text}${rest} = ${resultText(name, slot.result, reader)}`;
  }

  #nameOf(number: number): string {
    return this.#kernel.table.get(number)?.name ?? `syscall_0x${number.toString(16)}`;
  }

  #keptOf(number: number): Kept | null {
    if (number < 0 || number >= 1024) return null;
    let kept = this.#kept[number];
    if (kept === undefined) {
      kept = keptOf(this.#nameOf(number));
      this.#kept[number] = kept;
    }
    return kept;
  }

  #ringOf(session: number): Ring {
    let ring = this.#rings.get(session);
    if (ring === undefined) {
      if (this.#rings.size >= MOST_SESSIONS) this.#rings.delete(this.#rings.keys().next().value!);
      ring = { slots: [], count: 0 };
      this.#rings.set(session, ring);
    }
    return ring;
  }
}

function keep(task: Task, kept: Kept, slot: CallSlot): void {
  const { mm, args } = task;
  const address = args.ptr(kept.argument);
  if (mm === undefined || address === 0) return;
  const wanted = kept.kind === 'path' ? PATH_BYTES : Math.min(DATA_BYTES, args.len(kept.length));
  try {
    slot.bytes = copyUpTo(mm, address, wanted);
    slot.argument = kept.argument;
  } catch (error) {
    // The call itself will fail for the same reason.
    if (!(error instanceof Errno)) throw error;
  }
}

/** A path may stand at the end of what is mapped: then only what is on its first page is kept. */
function copyUpTo(mm: NonNullable<Task['mm']>, address: number, length: number): Uint8Array {
  const onPage = 4096 - (address % 4096);
  try {
    return mm.copyIn(address, length);
  } catch (error) {
    if (!(error instanceof Errno) || onPage >= length) throw error;
    return mm.copyIn(address, onPage);
  }
}

/** A slot as what the formats of strace read: what was not kept is not there. */
class SlotReader implements Reader {
  readonly #slot: CallSlot;

  constructor(slot: CallSlot) {
    this.#slot = slot;
  }

  argument(n: number): bigint {
    const { words } = this.#slot;
    return (BigInt(words[n * 2 + 1]! >>> 0) << 32n) | BigInt(words[n * 2]! >>> 0);
  }
  read(address: number, length: number): Uint8Array | undefined {
    const bytes = this.#bytesAt(address);
    return bytes === undefined || bytes.length < length ? undefined : bytes.subarray(0, length);
  }
  text(address: number): { text: string; isWhole: boolean } | undefined {
    const bytes = this.#bytesAt(address);
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0);
    return { text: fromBytes(end < 0 ? bytes : bytes.subarray(0, end)), isWhole: end >= 0 };
  }

  #bytesAt(address: number): Uint8Array | undefined {
    const { argument, bytes } = this.#slot;
    return argument >= 0 && Number(this.argument(argument)) === address ? bytes : undefined;
  }
}
