/**
 * Guests for tests. `bootGuest` gives one that is shut down after the test, and fails the test if anything of it is
 * left: threads, ports, timers.
 */
import { existsSync } from 'node:fs';
import { afterEach, expect } from 'vitest';
import type * as Api from '../host/api/index.ts';

/** The built package's directory. */
export const dist = process.env['LODGER_DIST'] ?? new URL('../dist/', import.meta.url).pathname;
if (!existsSync(`${dist}/index.js`)) throw new Error(`${dist} is not built; run: node build.mjs`);

/** The built package, as a user gets it. */
export const lodger = (await import(`${dist}/index.js`)) as typeof Api;
/** Path of the built command. */
export const cli = `${dist}/cli.js`;

const alive: Api.Guest[] = [];

export async function bootGuest(options: Api.BootOptions = {}): Promise<Api.Guest> {
  const guest = await lodger.boot(options);
  alive.push(guest);
  return guest;
}

/** What keeps the process alive: worker threads, message ports, timers. Vitest's own are there before. */
export function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

afterEach(async () => {
  for (const guest of alive.splice(0)) {
    await guest.shutdown();
    expect(guest.threadCount, 'threads left after shutdown').toBe(0);
  }
});

/** Runs a shell script in a guest: its combined outcome. */
export async function sh(
  guest: Api.Guest,
  script: string,
  options: Api.ExecOptions = {},
): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> {
  return await guest.exec('sh', ['-c', script], { timeoutMs: 20_000, ...options });
}
