/**
 * The tools beside GNU's: each line of cases/*.txt runs in a guest and on the host, in a directory with the same files,
 * and must print the same, byte for byte, and end with the same status. Where the host has no GNU coreutils 9.1 the
 * cases are skipped.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../host/api/index.ts';
import { lodger } from '../../test/guest.ts';

const FILES = `
umask 022; chmod 755 ..
mkdir d d/e d/e/f; echo hello > a; printf 'one\\ntwo\\nthree\\n' > b.txt; printf 'x\\ty\\r\\n\\n\\n\\001\\377end' > odd; : > empty
ln -s a link; ln -s nowhere dangling; ln -s d dirlink; mkfifo pipe; echo nested > d/e/f/g; echo 'with space' > 'sp ace'
echo q > "it's"; printf n > "new
line"; echo h > .hidden; seq 2000 > big; chmod 755 b.txt; chmod 4711 empty; ln a hard; mkdir sticky open; chmod 1777 sticky
chmod 777 open
touch -d '2001-02-03 04:05:06.789 UTC' b.txt; touch -d '2020-01-01 UTC' a d
touch -d '2020-05-05 UTC' .hidden big d/e d/e/f d/e/f/g empty hard "it's" "new
line" odd open pipe 'sp ace' sticky
touch -hd '2020-05-05 UTC' dangling dirlink; touch -hd '2019-01-01 UTC' link; touch -d '2020-05-05 UTC' . ..
`;
const env = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TZ: 'UTC0',
  TERM: 'xterm',
};

const version = spawnSync('ls', ['--version'], { encoding: 'utf8', env }).stdout ?? '';
const isComparable =
  version.startsWith('ls (GNU coreutils) 9.1') && process.getuid?.() === 0 && existsSync('/dev/shm');

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** On a tmpfs, as in the guest: sizes of directories and files are those of that file system. */
function onHost(script: string): Outcome {
  const directory = mkdtempSync(existsSync('/dev/shm') ? '/dev/shm/lodger-' : `${tmpdir()}/lodger-`);
  try {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', `mkdir w; cd w; ${FILES}\n${script}`], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { code: status, stdout: stdout.toString(), stderr: stderr.toString() };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

let guest: Guest;
beforeAll(async () => {
  guest = await lodger.boot();
});
afterAll(async () => {
  await guest.shutdown();
});

async function inGuest(script: string): Promise<Outcome> {
  const whole = `rm -rf /tmp/case; mkdir -p /tmp/case/w; cd /tmp/case/w; ${FILES}\n${script}`;
  const { code, stdout, stderr } = await guest.exec('sh', ['-c', whole], { env, timeoutMs: 60_000 });
  return { code, stdout, stderr };
}

describe.each(['text', 'files', 'data'])('%s', name => {
  const cases = readFileSync(new URL(`cases/${name}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean);
  it.skipIf(!isComparable).each(cases)('%s', { timeout: 120_000 }, async script => {
    expect(await inGuest(script)).toEqual(onHost(script));
  });
});
