/** The control socket of a guest in a guest, with processes of the outer guest in place of an inner one's. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { bootGuest, sh } from './guest.ts';
import { testPrograms } from './program.ts';

let programs: Record<string, string>;
beforeAll(async () => {
  programs = await testPrograms('control');
});

/** A guest with a server in the background, whose pid is $P in `run`. */
async function serving(): Promise<{ guest: Guest; run: (script: string) => ReturnType<typeof sh> }> {
  const guest = await bootGuest({ programs });
  const { stdout } = await sh(
    guest,
    'control serve > /tmp/pid 2> /tmp/errors & while [ ! -s /tmp/pid ]; do sleep 0.02; done; cat /tmp/pid',
  );
  const pid = stdout.trim();
  return { guest, run: script => sh(guest, `P=${pid}\n${script}`) };
}

describe('the control socket', () => {
  it('is for its owner only, and gone with the guest', async () => {
    const { run } = await serving();
    const { stdout } = await run('stat -c "%F %a" /run/lodger /run/lodger/$P.sock');
    expect(stdout).toBe('directory 755\nsocket 600\n');
    expect(await run('control stop $P; echo $?; ls /run/lodger; cat /tmp/errors')).toMatchObject({
      stdout: '0\n',
      stderr: '',
    });
  });

  it('of a process that was killed is removed by who looks next', async () => {
    const { run } = await serving();
    const { stdout, stderr } = await run(
      'kill -9 $P; ls /run/lodger | wc -l; control exec $P -- true; echo $?; ls /run/lodger | wc -l',
    );
    expect(stdout).toBe('1\n125\n0\n');
    expect(stderr).toMatch(/^lodger: process \d+ is no guest$/m);
  });

  it('answers whatever it is asked', async () => {
    const { run } = await serving();
    const { stdout } = await run(
      `printf '%s\\n' '{"id":1,"method":"memory"}' nonsense '{"id":2,"method":"fs","args":[{"op":"readFile","path":"abc"}]}' |
       control attach $P`,
    );
    expect(
      stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as unknown),
    ).toEqual([
      { id: 1, value: { totalBytes: 67108864, freeBytes: 62914560 } },
      { id: null, failure: expect.objectContaining({ code: 'EINVAL' }) },
      { id: 2, value: { $base64: 'YWJj' } },
    ]);
  });

  it('tells lodger ps of the guest', async () => {
    const { run } = await serving();
    expect((await run('control ps')).stdout).toMatch(
      /^ *PID +S +MEMORY +GUEST\n *\d+ +4M\/64M +fake \(1 process\)\n +1 +S +└─ init\n$/,
    );
    expect(JSON.parse((await run('control ps --json')).stdout)).toMatchObject([{ name: 'fake', guests: [] }]);
  });
});

describe('lodger exec', () => {
  it('lends its streams and ends with the status', async () => {
    const { run } = await serving();
    const { stdout, stderr, code } = await run(
      `echo in | control exec -e A=1 $P -e 'B=ä b' -- sh -c 'cat; echo $A $B; echo err >&2; exit 3'`,
    );
    expect({ stdout, stderr, code }).toEqual({ stdout: 'in\n1 ä b\n', stderr: 'err\n', code: 3 });
    expect((await run(`control exec $P sh -c 'kill -9 $$'`)).code).toBe(137);
    expect(await run('control exec $P -- nonesuch')).toMatchObject({
      code: 127,
      stderr: 'lodger: nonesuch: no such file or directory\n',
    });
    expect(await run('control exec -- true')).toMatchObject({ code: 125 });
  });

  it('keeps bytes that are no text', async () => {
    const { run } = await serving();
    const { stdout } = await run(
      `control exec $P -- printf '%s' "$(printf '\\377\\303\\244')" | od -An -tx1`,
    );
    expect(stdout.trim()).toBe('ff c3 a4');
  });

  it('passes signals on', async () => {
    const { run } = await serving();
    const { stdout } = await run(
      `control exec $P -- sh -c 'trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.05; done' > /tmp/out &
       while ! grep -q ready /tmp/out; do sleep 0.02; done
       kill $!; wait $!; echo $?; cat /tmp/out`,
    );
    expect(stdout).toBe('5\nready\nterm\n');
  });

  it('hangs up what it ran when it is killed', async () => {
    const { run } = await serving();
    const { stdout } = await run(
      `control exec $P -- sh -c 'trap "echo hup > /tmp/hup; exit" HUP; echo ready; while :; do sleep 0.05; done' > /tmp/out &
       while ! grep -q ready /tmp/out; do sleep 0.02; done
       kill -9 $!
       while [ ! -s /tmp/hup ]; do sleep 0.02; done; cat /tmp/hup`,
    );
    expect(stdout).toBe('hup\n');
  });

  it('tells a program what the answer was, before any output', async () => {
    const { guest, run } = await serving();
    const spec = {
      args: ['sh', '-c', 'echo out; kill -15 $$'],
      env: ['PATH=/bin'],
      cwd: '/',
      uid: 0,
      gid: 0,
    };
    const pid = (await run('echo $P')).stdout.trim();
    const start = (file: string): ReturnType<typeof sh> =>
      guest.exec('control', ['exec', '--json', JSON.stringify({ ...spec, file }), pid]);
    const { stdout, signal } = await start('sh');
    expect(stdout).toMatch(/^\{"id":null,"value":\d+\}\nout\n$/);
    expect(signal).toBe('SIGTERM');
    const failed = await start('nonesuch');
    expect(failed.code).toBe(127);
    expect(JSON.parse(failed.stdout)).toMatchObject({ failure: { code: 'ENOENT' } });
  });

  it('stands between two terminals', async () => {
    const { guest, run } = await serving();
    const pid = (await run('echo $P')).stdout.trim();
    const child = await guest.spawn('control', ['exec', pid, '--', 'sh', '-c', 'stty size; cat; exit 4'], {
      terminal: { rows: 30, columns: 90 },
    });
    let output = '';
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await expect.poll(() => output).toMatch(/^30 90\r?\n/);
    child.resize(40, 100);
    await expect.poll(() => output).toContain('resized 40 100');
    child.stdin!.write('typed\r');
    await expect.poll(() => output).toContain('typed\r');
    child.stdin!.write('\x1d\x1d\x1d');
    expect(await child.exited).toEqual({ code: 129, signal: null });
  });

  it('waits for the end of what has let go of its terminal', async () => {
    const { guest, run } = await serving();
    const pid = (await run('echo $P')).stdout.trim();
    const script = 'echo bye; exec < /dev/null > /dev/null 2>&1; sleep 0.2; exit 4';
    const child = await guest.spawn('control', ['exec', pid, '--', 'sh', '-c', script], {
      terminal: { rows: 30, columns: 90 },
    });
    expect(await child.exited).toEqual({ code: 4, signal: null });
  });
});
