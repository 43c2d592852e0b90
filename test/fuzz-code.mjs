/**
 * Executes garbage in a guest: pages of random bytes as programs, and real programs in which bytes were changed. Each
 * process must end by itself, by a signal or by being killed after a while, and the guest must live on.
 *
 *   node test/fuzz-code.mjs [--count 1000] [--seed 1] [--keep DIRECTORY] [FILE …]
 *
 * FILEs are the real programs; /bin/true and /bin/ls by default. A file that ends the guest is kept and named. The same
 * seed makes the same files. LODGER_DIST as for the tests. Nothing is executed on the host.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string', default: '.' },
  },
  allowPositionals: true,
});
const programs = (positionals.length > 0 ? positionals : ['/bin/true', '/bin/ls']).map(name =>
  readFileSync(name),
);
const here = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(process.env.LODGER_DIST ?? join(here, '../dist'));
const folder = mkdtempSync(join(tmpdir(), 'lodger-fuzz-'));
chmodSync(folder, 0o755);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const { boot } = await import(pathToFileURL(join(dist, 'index.js')).href);

const CODE_BYTES = 8192;
const TIMEOUT_MS = 1500;
const JOBS = 4;

/** Integers in [0, n), the same for each seed. */
function random(seed) {
  let state = seed >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** A program of random bytes: one segment at 0x400000, its entry at a random place. */
function garbage(pick) {
  const file = Buffer.alloc(4096 + CODE_BYTES);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(BigInt(0x401000 + pick(64)), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(7, 68);
  file.writeBigUInt64LE(0x400000n, 80);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length + 65536), 104);
  for (let i = 4096; i < file.length; i++) file[i] = pick(256);
  return file;
}

function changed(pick) {
  const file = Buffer.from(programs[pick(programs.length)]);
  for (let n = [1, 5, 50, 2000][pick(4)]; n > 0; n--) {
    file[pick(pick(3) === 0 ? Math.min(1024, file.length) : file.length)] = pick(256);
  }
  return file;
}

const ends = new Map();

let next = 0;
const count = Number(values.count);

/** Executes one file after the other until none is left. */
async function work() {
  while (next < count) {
    const number = Number(values.seed) + next++;
    const pick = random(number);
    const name = `file-${number}`;
    writeFileSync(join(folder, name), pick(2) === 0 ? garbage(pick) : changed(pick), { mode: 0o755 });
    let end;
    try {
      const { code, signal } = await guest.exec(`/mnt/${name}`, [], {
        uid: 65534,
        gid: 65534,
        timeoutMs: TIMEOUT_MS,
      });
      end = signal ?? (code === 0 ? 'exit 0' : 'exit with an error');
    } catch (error) {
      if (error.code === undefined) {
        mkdirSync(values.keep, { recursive: true });
        copyFileSync(join(folder, name), join(values.keep, name));
        throw new Error(`${name} ends the guest: ${error.message}`, { cause: error });
      }
      end = error.code;
    }
    ends.set(end, (ends.get(end) ?? 0) + 1);
    rmSync(join(folder, name));
  }
}

const guest = await boot({
  root: '/',
  mounts: { '/mnt': { source: folder, readOnly: true } },
  memory: '512M',
});
try {
  await Promise.all(Array.from({ length: JOBS }, work));
  const { stdout } = await guest.exec('/bin/echo', ['alive']);
  if (stdout !== 'alive\n') throw new Error('the guest is not well');
  console.log('survived; the processes ended with', Object.fromEntries(ends));
} catch (error) {
  console.error(`${error.message}\n${error.cause?.stack ?? ''}`);
  process.exitCode = 1;
} finally {
  await guest.shutdown();
}
