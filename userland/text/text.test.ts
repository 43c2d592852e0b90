/**
 * Command lines that must print the same on a Debian host and in the guest: standard output, standard error, exit
 * status, and files they make (new*). test/*.cases has one to a line; all of a file run in one script on either side.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../host/api/index.ts';
import { lodger } from '../../test/guest.ts';
import { files } from './test/fixtures.ts';

/** What the expected output was made by: other versions word things differently. */
function hostHas(tool: string, version: RegExp): boolean {
  try {
    const text = execFileSync(
      tool,
      [tool === 'mawk' ? '-W' : '--version', 'version'].slice(0, tool === 'mawk' ? 2 : 1),
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    return version.test(text);
  } catch {
    return false;
  }
}

const tables: readonly (readonly [name: string, tool: string, version: RegExp])[] = [
  ['lines', 'sort', /coreutils\) 9\.1/],
  ['layout', 'sort', /coreutils\) 9\.1/],
  ['sed', 'sed', /4\.9/],
  ['grep', 'grep', /3\.8/],
  ['awk', 'mawk', /1\.3\.4/],
];

const MARK = '\x01case ';

/**
 * Runs every case; prints output, status, errors and new files of each behind a mark. Cases that write work on a fresh
 * copy of the files.
 */
const script = (directory: string): string => `
cd "$WORK"
rm -rf clean; cp -a ${directory}/files clean
for case in ${directory}/cases/*; do
  printf '${MARK}\\n'
  case $case in
    *w) rm -rf t; cp -a ${directory}/files t; cd t;;
    *) cd clean;;
  esac
  printf 'stdin line 1\\nstdin line 2\\n' | sh "$case" 2> ../err
  printf '\\002%s\\n' "$?"
  [ -s ../err ] && cat ../err
  for f in new*; do [ -f "$f" ] && { echo "== $f"; cat "$f"; }; done
  cd ..
done`;

/** Does the case change files? */
function doesWrite(line: string): boolean {
  return /new|>|sed.* -i|-o /.test(line);
}

function writeFiles(directory: string): void {
  mkdirSync(`${directory}/dir/sub`, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`${directory}/${name}`, content);
    utimesSync(`${directory}/${name}`, 1_600_000_000, 1_600_000_000);
  }
  symlinkSync('x.c', `${directory}/dir/link`);
}

function results(text: string): string[] {
  return text.split(MARK).slice(1);
}

const root = mkdtempSync(join(tmpdir(), 'lodger-text-'));
let guest: Guest;

beforeAll(async () => {
  writeFiles(join(root, 'files'));
  mkdirSync(join(root, 'bin'));
  symlinkSync('/usr/bin/mawk', join(root, 'bin/awk'));
  guest = await lodger.boot({ mounts: { '/text': { source: root, readOnly: true } } });
});
afterAll(async () => {
  await guest.shutdown();
  rmSync(root, { recursive: true });
});

describe.each(tables)('%s as on the host', (name, tool, version) => {
  const cases = readFileSync(new URL(`test/${name}.cases`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  let host: string[] = [];
  let inGuest: string[] = [];
  const isSkipped = !hostHas(tool, version);

  beforeAll(async () => {
    if (isSkipped) return;
    rmSync(join(root, 'cases'), { recursive: true, force: true });
    mkdirSync(join(root, 'cases'));
    cases.forEach((line, i) =>
      writeFileSync(
        join(root, 'cases', String(i).padStart(4, '0') + (doesWrite(line) ? 'w' : 'r')),
        `${line}\n`,
      ),
    );
    const work = mkdtempSync(join(tmpdir(), 'lodger-work-'));
    // awk is mawk here, whatever else the host has installed.
    const hostPath = `${join(root, 'bin')}:/usr/bin:/bin`;
    const env = { PATH: hostPath, LANG: 'C.UTF-8', HOME: '/root', WORK: work };
    host = results(execFileSync('sh', ['-c', script(root)], { env, encoding: 'latin1', maxBuffer: 2 ** 26 }));
    rmSync(work, { recursive: true });
    const { stdout } = await guest.exec('sh', ['-c', script('/text')], {
      extraEnv: { WORK: '/tmp', LANG: 'C.UTF-8', HOME: '/root' },
      encoding: 'buffer',
      timeoutMs: 100_000,
    });
    inGuest = results(stdout.toString('latin1'));
  }, 120_000);

  it.skipIf(isSkipped).each(cases.map((line, i) => [line, i] as const))('%s', (_, i) => {
    expect(inGuest[i]).toBe(host[i]);
  });
});
