/** What a thread of Node gives to everybody in it: time that all threads agree on, hashes. */
import { createHash } from 'node:crypto';

/**
 * Milliseconds on the host's monotonic clock. performance.now() counts from another instant in each thread, and the
 * instants are known by the wall clock only, which can be set.
 */
export function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
