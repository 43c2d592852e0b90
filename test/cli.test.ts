import { execFile, spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cli } from './guest.ts';

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function lodger(args: string[], input = ''): Promise<Outcome> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [cli, ...args], { timeout: 25_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });
}

describe('lodger -- command', () => {
  it('connects the three streams and exits with the status', async () => {
    expect(await lodger(['--', 'sh', '-c', 'echo hello | tr a-z A-Z'])).toEqual({
      code: 0,
      stdout: 'HELLO\n',
      stderr: '',
    });
    expect(await lodger(['--', 'sh', '-c', 'cat; echo oops >&2; exit 3'], 'in\n')).toEqual({
      code: 3,
      stdout: 'in\n',
      stderr: 'oops\n',
    });
  });

  it('lets the command open the streams by name', async () => {
    const script = 'cat /dev/stdin; echo err > /dev/stderr; echo out | tee /dev/stdout';
    expect(await lodger(['--', 'sh', '-c', script], 'in\n')).toEqual({
      code: 0,
      stdout: 'in\nout\nout\n',
      stderr: 'err\n',
    });
  });

  it('exits with 128 + n when a signal ended the command', async () => {
    expect((await lodger(['--', 'sh', '-c', 'kill -9 $$'])).code).toBe(137);
  });

  it('passes a signal on to the command', async () => {
    const child = spawn(process.execPath, [
      cli,
      '--',
      'sh',
      '-c',
      "trap 'echo got it; exit 5' TERM; echo ready; sleep 100 & wait",
    ]);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output === 'ready\n') child.kill('SIGTERM');
    });
    const code = await new Promise(resolve => child.on('close', resolve));
    expect({ code, output }).toEqual({ code: 5, output: 'ready\ngot it\n' });
  });

  it('takes variables, a directory and a mount', async () => {
    const result = await lodger([
      ...['-e', 'A=1', '-e', 'B=x=y', '-w', '/tmp', '-v', `${process.cwd()}:/src:ro`],
      ...['--', 'sh', '-c', 'echo $A $B $PWD; head -1 /src/LICENSE'],
    ]);
    expect(result.stdout).toBe('1 x=y /tmp\nMIT License\n');
  });
});

describe('bad input', () => {
  it.each([
    [['--bogus'], /Unknown option '--bogus'/],
    [['--memory', '5G', '--', 'true'], /memory: 5G is out of range/],
    [['--memory', 'x', '--', 'true'], /no size/],
    [['--mount', '/nope:/x', '--', 'true'], /cannot read '\/nope'/],
    [['--mount', 'nonsense', '--', 'true'], /write HOST:GUEST/],
    [['--'], /no command/],
    [['con0=xterm', '--', 'true'], /console can be/],
  ])('%j is refused with status 125 and one line', async (args, message) => {
    const { code, stderr, stdout } = await lodger(args);
    expect(code).toBe(125);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('gives 127 for a command that is not there and 126 for one that cannot be executed', async () => {
    expect((await lodger(['--', 'no-such-command'])).code).toBe(127);
    expect((await lodger(['--', '/etc/passwd'])).code).toBe(126);
  });
});

describe('other words', () => {
  it('prints help and version', async () => {
    expect((await lodger(['--help'])).stdout).toMatch(/^Usage: lodger/);
    expect((await lodger(['--version'])).stdout).toMatch(/^lodger [0-9]/);
  });

  it('traces system calls to standard error', async () => {
    const { stderr, stdout } = await lodger(['--strace', '--', 'cat', '/etc/hostname']);
    expect(stdout).toBe('lodger\n');
    expect(stderr).toMatch(/openat\(AT_FDCWD, "\/etc\/hostname", O_RDONLY.*\) = 3/);
  });
});

describe('standard streams of all kinds', () => {
  /** Runs a shell line of the host, where $LODGER is the command. */
  function host(script: string): Promise<Outcome> {
    const env = { ...process.env, LODGER: `'${process.execPath}' '${cli}'` };
    return new Promise(resolve => {
      const child = execFile(
        'bash',
        ['-c', script.replaceAll('$LODGER', env.LODGER)],
        { timeout: 25_000, env },
        (_e, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  }

  it('ends quickly and without a word when its reader goes away', async () => {
    const before = Date.now();
    expect(await host('$LODGER -- yes | head -1')).toEqual({ code: 0, stdout: 'y\n', stderr: '' });
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('runs with descriptors that are closed, or lead nowhere', async () => {
    expect((await host('$LODGER -- cat </dev/null')).code).toBe(0);
    expect((await host('$LODGER -- sh -c "cat; echo done" <&-')).stdout).toBe('done\n');
    expect(await host('$LODGER -- sh -c "echo lost; echo kept >&2" >&-')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'kept\n',
    });
    expect((await host('$LODGER -- sh -c "exit 4" <&- >&- 2>&-')).code).toBe(4);
  });

  it.runIf(process.platform === 'linux')('says when its output could not be written', async () => {
    expect(await host('$LODGER -- echo x >/dev/full')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^lodger: write error: ENOSPC/) as string,
    });
  });

  it('takes 100 MB through cat unchanged', async () => {
    const { stdout } = await host(
      'dd if=/dev/urandom bs=1000000 count=100 2>/dev/null | tee >(cksum >&2) | $LODGER -- cat | cksum; wait',
    ).then(({ stdout: inner, stderr }) => ({ stdout: [inner.trim(), stderr.trim()] }));
    expect(stdout[0]).toMatch(/^[0-9]+ 100000000$/);
    expect(stdout[0]).toBe(stdout[1]);
  });

  it('loses nothing to a slow reader', async () => {
    expect((await host('$LODGER -- head -c 700000 /dev/zero | (sleep 1; wc -c)')).stdout.trim()).toBe(
      '700000',
    );
  });
});
