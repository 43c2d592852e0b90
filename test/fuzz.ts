/** Drives test/programs/fuzz.ts in a guest: one process after the other, each with a seed of its own. */
import { systemCalls } from '../kernel/syscall/all.ts';
import type { Guest, Halt } from '../host/api/index.ts';

/** What /etc/syscalls says to the fuzz program. */
function tableText(): string {
  return [...systemCalls]
    .filter(([, { handler }]) => handler !== undefined)
    .map(([number, { name, args }]) => `${[number, name, args].join(' ').trim()}\n`)
    .join('');
}

export interface FuzzOptions {
  readonly seed: number;
  /** Calls in all. */
  readonly count: number;
  /** Calls in one process. */
  readonly perProcess: number;
  readonly uid: number;
  /** Told after each process. */
  readonly onProgress?: (seed: number, how: string) => void;
}

/** How the processes ended, by kind. Throws, naming the seed, if the guest panics, hangs, or runs no program after. */
export async function fuzz(guest: Guest, options: FuzzOptions): Promise<Map<string, number>> {
  const { perProcess, uid } = options;
  await guest.fs.writeFile('/etc/syscalls', tableText());
  const ends = new Map<string, number>();
  const halted: Promise<Halt> = guest.halted;
  const last = options.seed + Math.ceil(options.count / perProcess);
  for (let seed = options.seed; seed < last; seed++) {
    const about = `fuzz ${seed} ${perProcess} as user ${uid}`;
    const run = guest.exec('fuzz', [String(seed), String(perProcess)], {
      uid,
      gid: uid,
      cwd: '/tmp',
      timeoutMs: 1000 + perProcess * 20,
    });
    const result = await Promise.race([
      run,
      halted.then(how => {
        throw new Error(`${about}: ${how.kind === 'panic' ? `${how.message}\n${how.stack}` : how.kind}`);
      }),
      after(5000 + perProcess * 20, `${about}: the kernel hangs`),
    ]);
    const how = result.signal ?? String(result.code);
    ends.set(how, (ends.get(how) ?? 0) + 1);
    options.onProgress?.(seed, `${how} ${result.stderr}`);
    const alive = await Promise.race([
      guest.exec('echo', ['alive'], { timeoutMs: 5000 }),
      after(10_000, `${about}: runs no program afterwards`),
    ]);
    if (alive.stdout !== 'alive\n')
      throw new Error(`${about}: runs no program afterwards: ${JSON.stringify(alive)}`);
  }
  return ends;
}

function after(milliseconds: number, message: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(message)), milliseconds).unref());
}
