import { expect, it } from 'vitest';
import type * as Api from '../../host/api/index.ts';
import { bootGuest } from '../../test/guest.ts';

const utf8 = new TextDecoder();

/** A program on a terminal of its own: types keys, and waits for what it writes. */
class Session {
  output = '';
  readonly process: Api.GuestProcess;

  constructor(process: Api.GuestProcess) {
    this.process = process;
    process.stdout!.on('data', (chunk: Uint8Array) => {
      this.output += utf8.decode(chunk, { stream: true });
    });
  }

  type(keys: string): void {
    this.process.stdin!.write(keys);
  }

  /** Waits until something was written since the last call. */
  async sees(text: string): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      const at = this.output.indexOf(text);
      if (at >= 0) {
        this.output = this.output.slice(at + text.length);
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    expect.fail(`no ${JSON.stringify(text)} in ${JSON.stringify(this.output)}`);
  }
}

async function start(guest: Api.Guest, program: string, args: string[]): Promise<Session> {
  return new Session(await guest.spawn(program, args, { terminal: { rows: 10, columns: 60 } }));
}
const read = async (guest: Api.Guest, path: string): Promise<string> => await guest.fs.readFile(path, 'utf8');

it('vi edits a file, follows the size of its terminal, and leaves the screen as it was', async () => {
  const guest = await bootGuest();
  await guest.fs.writeFile('/tmp/f', 'one\ntwo\n');
  const vi = await start(guest, 'vi', ['/tmp/f']);
  await vi.sees('"/tmp/f" 2L, 8B');
  vi.type('Gothr\u00e9e\x1b');
  vi.type(':w\r');
  await vi.sees('3L, 15B written');
  expect(await read(guest, '/tmp/f')).toBe('one\ntwo\nthr\u00e9e\n');
  vi.process.resize(5, 40);
  await vi.sees('\x1b[2J');
  vi.type('ggdw:x\r');
  await vi.sees('\x1b[?1049l');
  expect(await vi.process.exited).toEqual({ code: 0, signal: null });
  expect(await read(guest, '/tmp/f')).toBe('\ntwo\nthr\u00e9e\n');
});

it('vi tells a lone escape from an arrow key', async () => {
  const guest = await bootGuest();
  const vi = await start(guest, 'vi', ['/tmp/f']);
  await vi.sees('[New]');
  vi.type('iac\x1b[Db');
  vi.type('\x1b');
  vi.type(':wq\r');
  expect(await vi.process.exited).toEqual({ code: 0, signal: null });
  expect(await read(guest, '/tmp/f')).toBe('abc\n');
});

it('a fatal signal ends vi with the terminal restored', async () => {
  const guest = await bootGuest();
  const vi = await start(guest, 'vi', []);
  await vi.sees('All');
  await vi.process.kill('SIGTERM');
  expect(await vi.process.exited).toEqual({ code: null, signal: 'SIGTERM' });
  await vi.sees('\x1b[?1049l');
});

it('vi runs the shell on its text', async () => {
  const guest = await bootGuest();
  await guest.fs.writeFile('/tmp/f', 'b\na\n');
  const vi = await start(guest, 'vi', ['+2', '/tmp/f']);
  vi.type(':%!sort\r:r !echo end\r:wq\r');
  expect(await vi.process.exited).toEqual({ code: 0, signal: null });
  expect(await read(guest, '/tmp/f')).toBe('a\nend\nb\n');
});

it('less shows a pipe page by page, with keys from the terminal', async () => {
  const guest = await bootGuest();
  const less = await start(guest, 'sh', ['-c', 'seq 100 | less']);
  await less.sees('lines 1-9');
  less.type('G');
  await less.sees('92-100/100 (END)');
  less.type('?^33\r');
  await less.sees('33-41/100 41%');
  less.type('q');
  expect(await less.process.exited).toEqual({ code: 0, signal: null });
});

it('less is cat when its output is no terminal', async () => {
  const guest = await bootGuest();
  const { stdout } = await guest.exec('sh', ['-c', 'seq 3 | less | tac; seq 2 | more | cat']);
  expect(stdout).toBe('3\n2\n1\n1\n2\n');
});
