/**
 * A program thread: runs native programs, one after the other, each until it exits. It owns one trap record. While it
 * has no program it sleeps in Atomics.wait and costs nothing.
 *
 * A bundle is compiled once per thread and evaluated anew for each exec, so that no module state of one program is
 * seen by the next.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { workerData } from 'node:worker_threads';
import type { NativeThread } from '../../userland/libc/native.ts';
import {
  CONTEXT_WORDS,
  START_PROGRAM,
  START_STACK,
  STATE,
  STATE_IDLE,
  STATE_RUNNING,
  STATE_TRAPPED,
} from '../../kernel/abi/trap.ts';
import { LINE_POOL, LINE_TRAP } from '../machine.ts';
import type { ProgramThreadData } from './protocol.ts';
import { RECORDS, TRAPPED, raise, setBit } from './board.ts';
import { type Bundle, type BundleModule, loadBundle } from './code-cache.ts';
import { Spin } from './spin.ts';

type Start = (thread: NativeThread, stackPointer: number) => void;

const { board: boardMemory, memory, context, programs } = workerData as ProgramThreadData;
const board = new Int32Array(boardMemory);
const base = RECORDS + context * CONTEXT_WORDS;
const stateAt = base + STATE;
const compiled = new Map<number, Bundle>();

function load(program: number): Bundle {
  const known = compiled.get(program);
  if (known) return known;
  const bundle = loadBundle(programs[program]!.path);
  compiled.set(program, bundle);
  return bundle;
}

const spin = new Spin();

function waitWhile(state: number): void {
  if (spin.whileEqual(board, stateAt, state)) return;
  while (Atomics.load(board, stateAt) === state) Atomics.wait(board, stateAt, state);
}

const guestMemory = new Uint8Array(memory.buffer);
const latin1 = Buffer.from(memory.buffer, 0, memory.buffer.byteLength);

/** What a program's heap may come to. The engine's own limit is far above, so that no allocation meets it. */
const HEAP_BYTES = 384 * 2 ** 20;

function heapBytes(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

/** V8's collector, which has no name unless the engine was started with one. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
}

const thread: NativeThread = {
  isShortOfMemory() {
    if (heapBytes() < HEAP_BYTES) return false;
    collectGarbage();
    return heapBytes() >= HEAP_BYTES;
  },
  records: board,
  base,
  memory: guestMemory,
  trap() {
    Atomics.store(board, stateAt, STATE_TRAPPED);
    setBit(board, TRAPPED, context);
    raise(board, LINE_TRAP);
    waitWhile(STATE_TRAPPED);
  },
  decode(bytes, start, end) {
    if (bytes.buffer === guestMemory.buffer) {
      return latin1.toString('latin1', bytes.byteOffset + start, bytes.byteOffset + end);
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end);
  },
  encode(text, into, offset) {
    if (into.buffer === guestMemory.buffer) {
      const room = into.length - offset;
      return latin1.write(text, into.byteOffset + offset, Math.min(room, text.length), 'latin1');
    }
    return Buffer.from(into.buffer, into.byteOffset, into.byteLength).write(text, offset, 'latin1');
  },
};

for (;;) {
  Atomics.store(board, stateAt, STATE_IDLE);
  raise(board, LINE_POOL);
  while (Atomics.load(board, stateAt) !== STATE_RUNNING) Atomics.wait(board, stateAt, STATE_IDLE);
  const module: BundleModule = { exports: {} };
  load(board[base + START_PROGRAM]!)(module, undefined, '');
  // `start` returns when the program is over: it ends every program with exit_group itself.
  (module.exports['start'] as Start)(thread, board[base + START_STACK]! >>> 0);
}
