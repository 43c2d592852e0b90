/**
 * A program thread on Node: what the engine gives to native programs, and the loop that runs them (host/program-loop.ts).
 * A bundle is compiled once per thread.
 */
import { randomFillSync } from 'node:crypto';
import { open as openInspector, waitForDebugger } from 'node:inspector';
import { dirname } from 'node:path';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import type { Bundle, NativeHost } from '../../userland/libc/native.ts';
import { atomicsWait } from '../interrupts.ts';
import { type Engine, runPrograms } from '../program-loop.ts';
import type { ProgramThreadData } from './protocol.ts';
import { compileBundle, loadBundle, loadBundleForDebugger } from './code-cache.ts';
import { nowMs, sha256 } from './engine.ts';
import { loadProcessorParts } from './processor-parts.ts';
import { mapStack } from './source-map.ts';
import { TrustedList } from './trusted-list.ts';

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

/** Belongs to a guest from now on. */
function main(data: ProgramThreadData): never {
  const { board, memory, context, programs, bundles, initramfs, debuggerPorts } = data;
  const trusted = new TrustedList(programs, parentPort!);
  const compiled = new Map<number, Bundle>();

  const guestMemory = new Uint8Array(memory.buffer);
  const latin1 = Buffer.from(memory.buffer, 0, memory.buffer.byteLength);

  const host: NativeHost = {
    wasmMemory: memory,
    nowMs,
    epochMs: () => performance.timeOrigin + performance.now(),
    random(into) {
      randomFillSync(into);
    },
    get programs() {
      return trusted.programs;
    },
    load(program) {
      const known = compiled.get(program);
      if (known) return known;
      const { path, source } = trusted.programs[program]!;
      const load = debuggerPorts === false ? loadBundle : loadBundleForDebugger;
      const bundle = source === undefined ? load(path) : compileBundle(path, source);
      compiled.set(program, bundle);
      return bundle;
    },
    sha256,
    processor: () => loadProcessorParts(bundles),
    initramfs: () => new Uint8Array(initramfs),
    mapStack: stack => mapStack(stack, [bundles, ...trusted.programs.map(({ path }) => dirname(path))]),
    openDebugger(port) {
      if (debuggerPorts !== true && !(debuggerPorts || []).includes(port))
        throw new Error(`the embedder has not allowed a debugger on port ${port} (option inspectNested)`);
      openInspector(port, '127.0.0.1');
      waitForDebugger();
    },
  };

  const engine: Engine = {
    host,
    isShortOfMemory() {
      if (heapBytes() < HEAP_BYTES) return false;
      collectGarbage();
      return heapBytes() >= HEAP_BYTES;
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

  return runPrograms({
    board: new Int32Array(board),
    context,
    memory: guestMemory,
    engine,
    waitWord: atomicsWait,
  });
}

// A thread of the reserve (thread-reserve.ts) is told later whose it is.
const data = workerData as ProgramThreadData | null | undefined;
if (data) main(data);
else parentPort!.once('message', main);
