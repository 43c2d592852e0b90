/**
 * The registry: by which processes of one user know of one another's guests. Each process that has a guest listens on a
 * Unix socket in a directory of the user's and tells everybody who connects about its guests, as one JSON text.
 *
 * The directory is ours alone: 0700, owned by this user, and no symbolic link. Where there is no such directory to be
 * had, guests run all the same and nobody is told of them.
 *
 * Ownership: the socket is there while the process has guests, and neither it nor a connection keeps the process alive.
 * A process that died without a word leaves its socket file behind; whoever looks next removes it.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, unlink } from 'node:fs/promises';
import { rmdirSync, unlinkSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { HostGuestInfo } from '../api/guest-info.ts';

/** What sun_path holds everywhere, less the longest name of a socket. */
const MAX_FOLDER_BYTES = 103 - '/4194304.0123456789ab.sock'.length;
/** How long a process may take to tell of its guests. */
const ANSWER_MS = 3000;
/** The most that is read of one process's answer. */
const MAX_ANSWER_CHARS = 64 * 2 ** 20;
/** A socket of a process that is alive may be bound and not listening yet, but not for so long. */
const STALE_MS = 5000;
/** How often a directory that vanishes is made again. */
const ATTEMPTS = 3;

type Describe = () => Promise<HostGuestInfo>;

const guests = new Set<Describe>();
let listener: Listener | undefined;

/** Tells of a guest from now on; returns how to stop that. */
export function registerGuest(describe: Describe): () => void {
  guests.add(describe);
  // After the boot: nobody waits for it.
  setImmediate(() => {
    if (guests.size > 0 && process.getuid) listener ??= new Listener();
  });
  return () => {
    if (!guests.delete(describe) || guests.size > 0) return;
    listener?.close();
    listener = undefined;
  };
}

class Listener {
  #server: Server | undefined;
  #path: string | undefined;
  #isClosed = false;
  readonly #onExit = (): void => this.#remove();

  constructor() {
    // No directory, no socket: the guests run without.
    this.#open().catch(() => this.close());
  }

  async #open(): Promise<void> {
    const { createServer } = await import('node:net');
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const folder = await makeFolder();
      if (folder === undefined || this.#isClosed) return;
      this.#path = join(folder, `${process.pid}.${randomBytes(6).toString('hex')}.sock`);
      const server = createServer(connection => void answer(connection));
      this.#server = server;
      server.unref();
      server.listen(this.#path);
      if (await isListening(server)) {
        process.on('exit', this.#onExit);
        if (this.#isClosed) this.#remove();
        return await removeStale(folder);
      }
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#remove();
  }

  /** Leaves nothing; the directory neither, unless others use it. */
  #remove(): void {
    process.off('exit', this.#onExit);
    this.#server?.close();
    if (this.#path === undefined) return;
    for (const remove of [() => unlinkSync(this.#path!), () => rmdirSync(dirname(this.#path!))]) {
      try {
        remove();
      } catch {
        // Closing the server has removed the socket; the directory is not empty.
      }
    }
  }
}

/** False if it cannot listen: the directory was removed by a process that had its last guest in this moment. */
async function isListening(server: Server): Promise<boolean> {
  return await new Promise(resolve => {
    server.once('listening', () => resolve(true));
    server.on('error', () => resolve(false));
  });
}

async function answer(connection: Socket): Promise<void> {
  connection.unref();
  connection.on('error', () => connection.destroy());
  const known = await Promise.all([...guests].map(describe => describe().catch(() => undefined)));
  connection.end(JSON.stringify(known.filter(guest => guest !== undefined)));
}

/** Every guest that a process of this user has, in the order of their processes. */
export async function listGuests(): Promise<HostGuestInfo[]> {
  const found = await Promise.all(candidates().map(askAll));
  return found.flat().sort((a, b) => a.pid - b.pid || b.uptimeMs - a.uptimeMs);
}

async function askAll(folder: string): Promise<HostGuestInfo[]> {
  if (!(await isOurs(folder))) return [];
  const paths = await socketsIn(folder);
  return (await Promise.all(paths.map(path => ask(path, ANSWER_MS)))).flat();
}

/** What a process tells of its guests; nothing if it does not. Removes the socket of a process that is no more. */
async function ask(path: string, timeoutMs: number): Promise<HostGuestInfo[]> {
  const { connect } = await import('node:net');
  let received = '';
  let isRefused = false;
  await new Promise<void>(resolve => {
    const connection = connect(path);
    connection.setEncoding('utf8');
    connection.setTimeout(timeoutMs, () => connection.destroy());
    connection.on('data', (part: string) => {
      received += part;
      if (received.length > MAX_ANSWER_CHARS) connection.destroy();
    });
    connection.on('error', ({ code }: NodeJS.ErrnoException) => (isRefused = code === 'ECONNREFUSED'));
    connection.on('close', () => resolve());
  });
  if (isRefused) await removeIfStale(path);
  try {
    const guests = JSON.parse(received) as HostGuestInfo[];
    return Array.isArray(guests) ? guests : [];
  } catch {
    return [];
  }
}

/** Where the sockets may be: processes of one user may have different environments. */
function candidates(): string[] {
  const uid = process.getuid?.();
  if (uid === undefined) return [];
  const runtime = process.env['XDG_RUNTIME_DIR'];
  const folders = [
    ...(runtime ? [join(runtime, 'lodger')] : []),
    join(tmpdir(), `lodger-${uid}`),
    `/run/user/${uid}/lodger`,
    `/tmp/lodger-${uid}`,
  ];
  return [...new Set(folders)].filter(folder => Buffer.byteLength(folder) <= MAX_FOLDER_BYTES);
}

/** The directory for our socket, made if it is not there; undefined if it cannot be had. */
async function makeFolder(): Promise<string | undefined> {
  for (const folder of candidates()) {
    await mkdir(folder, { mode: 0o700 }).catch(() => {});
    if (await isOurs(folder)) return folder;
  }
  return undefined;
}

async function isOurs(folder: string): Promise<boolean> {
  try {
    const stats = await lstat(folder);
    return stats.isDirectory() && stats.uid === process.getuid!() && (stats.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

async function socketsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(name => /^[0-9]+\.[0-9a-f]+\.sock$/.test(name)).map(name => join(folder, name));
}

async function removeStale(folder: string): Promise<void> {
  const dead = (await socketsIn(folder)).filter(path => !isAlive(pidOf(path)));
  for (const path of dead) await ask(path, ANSWER_MS);
}

/** Call when nobody listens on it. */
async function removeIfStale(path: string): Promise<void> {
  try {
    if (isAlive(pidOf(path)) && Date.now() - (await lstat(path)).mtimeMs < STALE_MS) return;
    await unlink(path);
  } catch {
    // Somebody else was quicker.
  }
}

function pidOf(path: string): number {
  return Number.parseInt(basename(path), 10);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
