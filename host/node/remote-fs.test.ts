import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { Volume } from 'memfs';
import { afterEach, describe, expect, it } from 'vitest';
import { FsServer, type VolumeFs } from './fs-server.ts';

/** In a thread of its own: runs code on the file system of the channel and tells what came of it. */
const { outputFiles } = await build({
  stdin: {
    contents: `
      import { parentPort, workerData } from 'node:worker_threads';
      import { openRemoteFs } from './remote-fs.ts';
      const fs = openRemoteFs(workerData);
      parentPort.on('message', code => {
        try {
          parentPort.postMessage({ value: new Function('fs', code)(fs) });
        } catch (error) {
          parentPort.postMessage({ code: error.code ?? String(error) });
        }
      });`,
    resolveDir: import.meta.dirname,
  },
  bundle: true,
  write: false,
  platform: 'node',
});
const client = outputFiles[0]!.text;

type Outcome = { value?: unknown; code?: string };

describe('a volume of another thread', () => {
  const log: string[] = [];
  let server: FsServer | undefined;
  let thread: Worker | undefined;

  async function open(volume: object): Promise<(body: string) => Promise<Outcome>> {
    server = new FsServer(volume as VolumeFs, text => log.push(text));
    const { channel } = server;
    thread = new Worker(client, { eval: true, workerData: channel, transferList: [channel.port] });
    return async body => {
      const answer = once(thread!, 'message');
      thread!.postMessage(body);
      return ((await answer) as [Outcome])[0];
    };
  }

  afterEach(async () => {
    server?.close();
    await thread?.terminate();
    log.length = 0;
  });

  it('reads and writes, in as many pieces as it takes', async () => {
    const volume = Volume.fromJSON({ '/f': 'hello' });
    const run = await open(volume);
    expect(
      await run(
        `const b = Buffer.alloc(9); return fs.readSync(fs.openSync('/f', 0), b, 1, 8, 0) + b.toString('latin1')`,
      ),
    ).toEqual({ value: '5\0hello\0\0\0' });
    const size = 1_000_003;
    expect(
      await run(
        `return fs.writeSync(fs.openSync('/g', 0o102, 0o600), Buffer.alloc(${size}, 'abcdefg'), 0, ${size}, 0)`,
      ),
    ).toEqual({ value: size });
    const written = volume.readFileSync('/g') as Buffer;
    expect(written.equals(Buffer.alloc(size, 'abcdefg'))).toBe(true);
    expect(
      await run(
        `const b = Buffer.alloc(${size}); fs.readSync(fs.openSync('/g', 0), b, 0, ${size}, 0); return b.equals(Buffer.alloc(${size}, 'abcdefg'))`,
      ),
    ).toEqual({ value: true });
  });

  it('gives attributes, names and types', async () => {
    const run = await open(Volume.fromJSON({ '/d/f': 'abc', '/d/e': null }));
    expect(
      await run(
        `const s = fs.lstatSync('/d/f', { bigint: true }); return [s.size, s.mode & 0o170000n, typeof s.mtimeNs]`,
      ),
    ).toEqual({ value: [3n, 0o100000n, 'bigint'] });
    expect(await run(`return typeof fs.lstatSync('/d/f').ino`)).toEqual({ value: 'number' });
    expect(await run(`return fs.lstatSync('/none', { bigint: true, throwIfNoEntry: false })`)).toEqual({
      value: undefined,
    });
    expect(
      await run(
        `return fs.readdirSync('/d', { withFileTypes: true }).map(e => [e.name, e.isFile(), e.isDirectory()])`,
      ),
    ).toEqual({
      value: [
        ['e', false, true],
        ['f', true, false],
      ],
    });
  });

  it('fails by the name of the error', async () => {
    const run = await open(Volume.fromJSON({ '/d/f': '' }));
    expect(await run(`fs.rmdirSync('/d')`)).toEqual({ code: 'ENOTEMPTY' });
    expect(await run(`fs.statSync('/none')`)).toEqual({ code: 'ENOENT' });
    expect(await run(`fs.openSync('/d/f/g', 0)`)).toEqual({ code: 'ENOTDIR' });
    expect(log).toEqual([]);
  });

  it('answers EIO, and says so in the log, when a volume does odd things', async () => {
    const volume = {
      statSync: () => ({ ino: 1, size: 'large' }),
      lstatSync: () => ({ ...Volume.fromJSON({}).statSync('/', { bigint: true }), size: -1n }),
      openSync: async () => 3,
      readSync: () => 1e9,
      closeSync: () => {
        throw Object.create(null);
      },
      readdirSync: () => 'no',
    };
    const run = await open(volume);
    const calls = [
      `statSync('/')`,
      `lstatSync('/')`,
      `openSync('/', 0)`,
      `readSync(3, Buffer.alloc(8), 0, 8, 0)`,
    ];
    for (const call of [...calls, `closeSync(3)`, `readdirSync('/')`])
      expect(await run(`fs.${call}`), call).toEqual({ code: 'EIO' });
    expect(log).toHaveLength(6);
    expect(await run(`fs.unlinkSync('/')`), 'a method that it has not').toEqual({ code: 'ENOSYS' });
    expect(log).toHaveLength(6);
  });

  it('leaves a directory that can be removed after a rename over a file', async () => {
    const volume = Volume.fromJSON({ '/d/a': '1', '/d/b': '2' });
    const run = await open(volume);
    expect(await run(`fs.renameSync('/d/a', '/d/b')`)).toEqual({ value: undefined });
    expect(volume.toJSON()).toEqual({ '/d/b': '1' });
    expect(await run(`fs.unlinkSync('/d/b'); fs.rmdirSync('/d')`)).toEqual({ value: undefined });
  });

  it('lets go of a caller and of open files when it is closed', async () => {
    const volume = Volume.fromJSON({ '/f': '' });
    const closed: number[] = [];
    const watched = new Proxy(volume, {
      get: (target, name) =>
        name === 'closeSync' ? (file: number) => closed.push(file) : Reflect.get(target, name, target),
    });
    const run = await open(watched);
    const { value: file } = await run(`return fs.openSync('/f', 0)`);
    // The call is on its way while this thread is busy; closing comes before the answer.
    const answer = run(`fs.lstatSync('/f')`);
    const until = Date.now() + 100;
    while (Date.now() < until);
    server!.close();
    expect(await answer).toEqual({ code: 'EIO' });
    for (let i = 0; i < 2; i++) expect(await run(`fs.lstatSync('/f')`)).toEqual({ code: 'EIO' });
    expect(closed).toEqual([file]);
  });
});
