import { execFile, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { cli } from './guest.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

it('stops at a breakpoint in a system call, with the TypeScript source and named locals', async () => {
  const port = await freePort();
  const guest = spawn(process.execPath, [cli, '--inspect', String(port), '--', 'cat', '/etc/hostname']);
  let output = '';
  guest.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise(resolve => guest.on('close', resolve));
  try {
    const script = fileURLToPath(new URL('debugger.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--experimental-websocket',
      '--no-warnings',
      script,
      String(port),
      cli.replace('cli.js', 'kernel.js'),
      'kernel/syscall/open.ts',
      'return open(task, args.fd(0), args.ptr(1), args.u32(2)',
    ]);
    const stop = JSON.parse(stdout) as { function: string; locals: string[]; stack: string[]; comm: string };
    expect(stop.function).toBe('sysOpenat');
    expect(stop.locals).toEqual(expect.arrayContaining(['task', 'args']));
    // The bundler gives a number to a name that several files have.
    expect(stop.stack.map(name => name.replace(/\d+$/, ''))).toEqual(
      expect.arrayContaining(['attempt', 'resumeTask', 'run']),
    );
    expect(typeof stop.comm).toBe('string');
    expect(await exited).toBe(0);
    expect(output).toBe('lodger\n');
  } finally {
    guest.kill('SIGKILL');
  }
});
