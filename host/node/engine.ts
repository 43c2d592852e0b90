/** What a thread of Node gives to everybody in it: time that all threads agree on, hashes. */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks'; // the global one is a getter, which costs as much as the reading

/** performance.now() counts from another instant in each thread; this is that instant on the host's monotonic clock. */
const originMs = hostMs() - performance.now();

function hostMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** Milliseconds on the host's monotonic clock, the same in all threads, at the price of performance.now(). */
export function nowMs(): number {
  return originMs + performance.now();
}

export function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
