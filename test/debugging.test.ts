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

interface Stop {
  readonly function: string;
  readonly locals: string[];
  readonly stack: string[];
  readonly comm: string;
}

/** Sets a breakpoint in sysOpenat of a bundle, and tells what was there. */
async function stopInOpenat(port: number, bundle: string): Promise<Stop> {
  const script = fileURLToPath(new URL('debugger.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--experimental-websocket',
    '--no-warnings',
    script,
    String(port),
    cli.replace('cli.js', bundle),
    'kernel/syscall/open.ts',
    'return open(task, args.fd(0), args.ptr(1), args.u32(2)',
  ]);
  return JSON.parse(stdout) as Stop;
}

it.each([
  { which: 'the kernel', bundle: 'kernel.js', options: (port: number) => ['--inspect', String(port), '--'] },
  {
    which: 'the kernel of a guest in a guest, and not in the outer one',
    bundle: 'userland-lodger.js',
    options: (port: number) => ['--inspect-nested', 'any', '--', 'lodger', '--inspect', String(port), '--'],
  },
])(
  'stops at a breakpoint in a system call of $which, with the TypeScript source and named locals',
  async ({ bundle, options }) => {
    const port = await freePort();
    const guest = spawn(process.execPath, [cli, ...options(port), 'cat', '/etc/hostname']);
    let output = '';
    guest.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = new Promise(resolve => guest.on('close', resolve));
    try {
      const stop = await stopInOpenat(port, bundle);
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
  },
);
