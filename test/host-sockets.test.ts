/**
 * Unix sockets in a mounted directory: guests talk to one another and to programs of the host, as programs of one Linux
 * system do.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { activeResources, bootGuest, cli, lodger, sh } from './guest.ts';

const parent = mkdtempSync(join(tmpdir(), 'lodger-sockets-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(parent, 'd-'));
});

const sharing = (): Parameters<typeof bootGuest>[0] => ({
  memory: '64M',
  mounts: { '/run/shared': { source: folder, sockets: true } },
});

/** A server of the host on the socket `name`; closed after the test. */
async function serve(name: string, serveOne: (socket: Socket) => void, path = folder): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, serveOne);
  server.listen(join(path, name));
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return server;
}

/** Reads to the end, and answers in capitals: a half close. */
function shout(socket: Socket): void {
  let all = '';
  socket.on('data', chunk => (all += String(chunk)));
  socket.on('end', () => socket.end(all.toUpperCase()));
}

/** A connection of the host to a socket that a guest is about to bind. */
async function connectSoon(name: string): Promise<Socket> {
  for (let i = 0; ; i++) {
    const socket = connect({ path: join(folder, name), allowHalfOpen: true });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (i === 200) throw error;
      await delay(25);
    }
  }
}

async function listening(guest: Guest, name: string): Promise<void> {
  await sh(guest, `until grep -q '00010000 .* /run/shared/${name}$' /proc/net/unix; do sleep 0.02; done`);
}

describe('two guests', () => {
  it('talk over a socket in a directory that both have mounted', async () => {
    const [server, client] = await Promise.all([bootGuest(sharing()), bootGuest(sharing())]);
    const answer = sh(server, 'echo from the server | nc -N -lU /run/shared/chat; echo status $?');
    await listening(server, 'chat');
    const question = await sh(
      client,
      'stat -c %F /run/shared/chat; echo from the client | nc -N -U /run/shared/chat',
    );
    expect(question).toMatchObject({ code: 0, stdout: 'socket\nfrom the server\n', stderr: '' });
    expect(await answer).toMatchObject({ stdout: 'from the client\nstatus 0\n', stderr: '' });
  });

  it('pass megabytes in both directions, whoever is slow', async () => {
    const [server, client] = await Promise.all([bootGuest(sharing()), bootGuest(sharing())]);
    const input = randomBytes(5 * 2 ** 20);
    const md5 = createHash('md5').update(input).digest('hex');
    const answer = server.exec('sh', ['-c', 'nc -lU /run/shared/s < /dev/null | (sleep 1; md5sum)'], {
      input: '',
    });
    await listening(server, 's');
    await client.exec('nc', ['-N', '-U', '/run/shared/s'], { input });
    expect((await answer).stdout).toBe(`${md5}  -\n`);

    const back = server.exec('nc', ['-N', '-lU', '/run/shared/t'], { input });
    await listening(server, 't');
    expect((await sh(client, 'nc -d -U /run/shared/t | (sleep 1; md5sum)')).stdout).toBe(`${md5}  -\n`);
    await back;
  });
});

describe('a guest and a program of the host', () => {
  it('connect to one another in both directions', async () => {
    await serve('host', shout);
    const guest = await bootGuest(sharing());
    expect(await sh(guest, 'echo hello | nc -N -U /run/shared/host')).toMatchObject({
      stdout: 'HELLO\n',
      code: 0,
    });

    const received = sh(guest, 'echo welcome | nc -lU /run/shared/guest');
    const socket = await connectSoon('guest');
    socket.end('it is me\n');
    expect(await text(socket)).toBe('welcome\n');
    expect(await received).toMatchObject({ stdout: 'it is me\n', code: 0 });
  });

  it('a file stays when its socket is closed, refuses then, and is removed as any file', async () => {
    const guest = await bootGuest(sharing());
    const ended = sh(guest, 'umask 077; nc -lU /run/shared/s </dev/null');
    const socket = await connectSoon('s');
    expect(statSync(join(folder, 's')).mode & 0o777).toBe(0o700);
    socket.end();
    await ended;
    expect(readdirSync(folder)).toEqual(['s']);
    const { stdout, stderr } = await sh(
      guest,
      'nc -U /run/shared/s; nc -lU /run/shared/s; rm /run/shared/s; nc -U /run/shared/s; ls /run/shared',
    );
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'nc: unix connect failed: Connection refused\nnc: Address already in use\nnc: unix connect failed: No such file or directory\n',
    );
    expect(existsSync(join(folder, 's'))).toBe(false);
  });

  it('a host that is slow holds the guest back, and the other way round', async () => {
    let taken: Socket | undefined;
    await serve('slow', socket => {
      taken = socket.pause();
    });
    const guest = await bootGuest(sharing());
    const input = Buffer.alloc(5 * 2 ** 20, 'slowly');
    const sent = guest.exec('nc', ['-N', '-U', '/run/shared/slow'], { input });
    await delay(500);
    const all = buffer(taken!);
    expect((await all).equals(input)).toBe(true);
    taken!.end();
    await sent;

    const received = sh(guest, 'nc -lU /run/shared/g </dev/null | (sleep 1; md5sum)');
    const socket = await connectSoon('g');
    let written = 0;
    while (socket.write(Buffer.alloc(65536, 'x')) && written < 100) written++;
    expect(written).toBeLessThan(100);
    socket.end(Buffer.alloc(5 * 2 ** 20, 'y'));
    const md5 = createHash('md5')
      .update(Buffer.alloc(65536 * (written + 1), 'x'))
      .update(Buffer.alloc(5 * 2 ** 20, 'y'));
    expect((await received).stdout).toBe(`${md5.digest('hex')}  -\n`);
    socket.destroy();
  });

  it('a permission that is missing is EACCES for other users of the guest', async () => {
    await serve('host', socket => socket.destroy());
    chmodSync(join(folder, 'host'), 0o700);
    chmodSync(folder, 0o755);
    const guest = await bootGuest(sharing());
    const { stderr } = await guest.exec('nc', ['-U', '/run/shared/host'], { uid: 1000, gid: 1000 });
    expect(stderr).toBe('nc: unix connect failed: Permission denied\n');
  });

  it('names may be longer than the address of a socket', async () => {
    const name = 'n'.repeat(90);
    const guest = await bootGuest(sharing());
    const received = sh(guest, `cd /run/shared; nc -lU ${name} </dev/null`);
    for (let i = 0; i < 200 && !existsSync(join(folder, name)); i++) await delay(25);
    const other = await bootGuest(sharing());
    expect(await sh(other, `cd /run/shared; echo far | nc -N -U ${name}`)).toMatchObject({ code: 0 });
    expect((await received).stdout).toBe('far\n');
  });
});

describe('a mount without `sockets`', () => {
  it('shows the sockets of the host and lets nobody use them', async () => {
    let isConnected = false;
    await serve('host', () => {
      isConnected = true;
    });
    const guest = await bootGuest({ mounts: { '/run/shared': folder } });
    const { stdout, stderr } = await sh(
      guest,
      'stat -c %F /run/shared/host; nc -U /run/shared/host; nc -lU /run/shared/own; ls /run/shared',
    );
    expect(stdout).toBe('socket\nhost\n');
    expect(stderr).toBe('nc: unix connect failed: Connection refused\nnc: Operation not permitted\n');
    expect(isConnected).toBe(false);
  });

  it('is what the command line gives unless it says otherwise', async () => {
    await serve('host', socket => socket.end('hello\n'));
    const run = async (mount: string): Promise<string> => {
      const args = ['-v', mount, '--', 'nc', '-d', '-U', '/s/host'];
      const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const output = await Promise.all([text(child.stdout), text(child.stderr)]);
      return output.join('');
    };
    expect(await run(`${folder}:/s:ro,sockets`)).toBe('hello\n');
    expect(await run(`${folder}:/s:sockets`)).toBe('hello\n');
    expect(await run(`${folder}:/s`)).toBe('nc: unix connect failed: Connection refused\n');
  });

  it('a read-only one with `sockets` lets the guest connect, not bind', async () => {
    await serve('host', socket => socket.end('hello\n'));
    const guest = await bootGuest({ mounts: { '/s': { source: folder, readOnly: true, sockets: true } } });
    const { stdout, stderr } = await sh(guest, 'nc -d -U /s/host; nc -lU /s/own');
    expect(stdout).toBe('hello\n');
    expect(stderr).toBe('nc: Read-only file system\n');
  });
});

it('nothing is left when the guest has ended: what it wrote arrives, connections and listeners end', async () => {
  const before = activeResources();
  const received: Promise<string>[] = [];
  const server = createServer(socket => {
    received.push(text(socket));
  }).listen(join(folder, 'host'));
  await once(server, 'listening');
  const guest = await lodger.boot(sharing());
  await guest.spawn('nc', ['-lkU', '/run/shared/guest']);
  const idle = await connectSoon('guest');
  const closed = once(idle, 'close');
  idle.resume().end();
  const child = await guest.spawn('nc', ['-U', '/run/shared/host']);
  child.stdin!.write('last words');
  await delay(300);
  await guest.shutdown();
  await closed;
  expect(await received[0]).toBe('last words');
  server.close();
  await once(server, 'close');
  await delay(100);
  expect(activeResources().get('PipeWrap') ?? 0).toBeLessThanOrEqual(before.get('PipeWrap') ?? 0);
  expect(activeResources().get('PipeServerWrap') ?? 0).toBeLessThanOrEqual(before.get('PipeServerWrap') ?? 0);
  expect(guest.threadCount).toBe(0);
  const late = connect(join(folder, 'guest'));
  expect(((await once(late, 'error')) as [NodeJS.ErrnoException])[0].code).toBe('ECONNREFUSED');
});

describe('a guest in a guest', () => {
  it('talks to the outer guest, and through it to the host', async () => {
    await serve('host', shout);
    const outer = await bootGuest({ ...sharing(), memory: '256M' });
    const shared = { '/run/shared': { source: '/run/shared', sockets: true } };
    const inner = await outer.boot({ memory: '48M', mounts: shared });
    expect(await sh(inner, 'echo deep | nc -N -U /run/shared/host')).toMatchObject({ stdout: 'DEEP\n' });

    const served = sh(inner, 'echo from inside | nc -N -lU /run/shared/inner');
    await listening(inner, 'inner');
    expect(await sh(outer, 'echo from outside | nc -N -U /run/shared/inner')).toMatchObject({
      stdout: 'from inside\n',
    });
    expect((await served).stdout).toBe('from outside\n');

    // Also when the host is there before listen(2).
    const again = sh(inner, 'nc -lU /run/shared/second </dev/null');
    const socket = await connectSoon('second');
    socket.end('from the host');
    expect((await again).stdout).toBe('from the host');
    socket.destroy();

    const outerServes = sh(outer, 'echo from the outer one | nc -N -lU /run/shared/outer');
    await listening(outer, 'outer');
    expect(await sh(inner, 'echo x | nc -N -U /run/shared/outer')).toMatchObject({
      stdout: 'from the outer one\n',
    });
    expect((await outerServes).stdout).toBe('x\n');
  });

  it('passes megabytes in both directions, whoever is slow', async () => {
    const outer = await bootGuest({ ...sharing(), memory: '256M' });
    const shared = { '/run/shared': { source: '/run/shared', sockets: true } };
    const inner = await outer.boot({ memory: '48M', mounts: shared });
    const input = randomBytes(5 * 2 ** 20);
    const md5 = createHash('md5').update(input).digest('hex');
    const received = sh(inner, 'nc -lU /run/shared/in </dev/null | (sleep 1; md5sum)');
    const into = await connectSoon('in');
    into.end(input);
    expect((await received).stdout).toBe(`${md5}  -\n`);
    into.destroy();

    const sent = inner.exec('nc', ['-N', '-lU', '/run/shared/out'], { input });
    const from = await connectSoon('out');
    await delay(500);
    expect((await buffer(from)).equals(input)).toBe(true);
    await sent;
  });

  it('needs `sockets` too', async () => {
    await serve('host', socket => socket.end('hello\n'));
    const outer = await bootGuest({ ...sharing(), memory: '256M' });
    const command = 'nc -d -U /run/shared/host';
    const { stdout, stderr } = await sh(
      outer,
      `lodger -m 32M -v /run/shared:/run/shared -- ${command}; lodger -m 32M -v /run/shared:/run/shared:ro,sockets -- ${command}`,
    );
    expect(stderr).toContain('Connection refused');
    expect(stdout).toBe('hello\n');
  });
});
