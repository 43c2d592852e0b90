/**
 * Pipelines over real input, in the guest and on the host: the same bytes come out, and how long each took.
 * `npm run bench:files [-- --megabytes 200] [-- --runs 3]`
 *
 * The input is a generated text file and this repository's node_modules, mounted read-only.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boot } from '../dist/index.js';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '200' }, runs: { type: 'string', default: '3' } },
});
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'lodger-bench-'));
const text = join(directory, 'text');

/** Log-like lines from a fixed sequence: the same file on every machine. */
function generate(path, megabytes) {
  const fd = openSync(path, 'w');
  let state = 12345;
  const next = n => (state = (state * 1103515245 + 12345) & 0x7fffffff) % n;
  const words =
    'GET POST index login users error warning timeout cache miss hit alpha beta gamma delta'.split(' ');
  for (let written = 0; written < megabytes * 1e6;) {
    let chunk = '';
    while (chunk.length < 1e6) {
      chunk += `${next(1e6)} ${words[next(words.length)]} /${words[next(words.length)]}/${next(5000)} ${next(600)}ms\n`;
    }
    written += writeSync(fd, chunk);
  }
  closeSync(fd);
}

const pipelines = [
  'wc TEXT',
  'sha256sum < TEXT',
  'grep -c error TEXT',
  'grep -E "timeout|miss" TEXT | wc -l',
  'cut -d" " -f2 TEXT | sort | uniq -c',
  'sort -n TEXT | head -1000 | sha256sum',
  'sort -k3,3 -k1,1n TEXT | sha256sum',
  'sed -n "s/.*users.*ms$/X/p" TEXT | wc -l',
  "awk '{ n[$2]++ } END { for (k in n) print k, n[k] }' TEXT | sort",
  'tr a-z A-Z < TEXT | sha256sum',
  'find MODULES -type f | sort | sha256sum',
  'find MODULES -name "*.json" | sort | xargs cat | sha256sum',
  'grep -rl "use strict" MODULES | sort | sha256sum',
  'tar -C MODULES --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - vitest comlink | sha256sum',
];

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];
const env = { ...process.env, LC_ALL: 'C' };

try {
  process.stderr.write(`generating ${values.megabytes} MB …\n`);
  generate(text, Number(values.megabytes));
  await using guest = await boot({
    mounts: { '/in': { source: directory, readOnly: true }, '/modules': { source: modules, readOnly: true } },
  });
  let differences = 0;
  for (const pipeline of pipelines) {
    const hostTimes = [];
    const guestTimes = [];
    let same = true;
    for (let i = 0; i < Number(values.runs); i++) {
      let start = performance.now();
      const host = execFileSync(
        'sh',
        ['-c', pipeline.replaceAll('TEXT', 'text').replaceAll('MODULES', '.')],
        {
          cwd: pipeline.includes('MODULES') ? modules : directory,
          env,
          maxBuffer: 2 ** 30,
        },
      );
      hostTimes.push(performance.now() - start);
      start = performance.now();
      const { stdout, stderr, code } = await guest.exec(
        'sh',
        ['-c', pipeline.replaceAll('TEXT', 'text').replaceAll('MODULES', '.')],
        {
          cwd: pipeline.includes('MODULES') ? '/modules' : '/in',
          extraEnv: { LC_ALL: 'C' },
          encoding: 'buffer',
        },
      );
      guestTimes.push(performance.now() - start);
      if (code !== 0 || !stdout.equals(host)) {
        same = false;
        const digest = bytes => createHash('sha256').update(bytes).digest('hex').slice(0, 12);
        process.stderr.write(
          `  status ${code}, ${digest(stdout)} / host ${digest(host)} ${stderr.toString().slice(0, 300)}\n`,
        );
      }
    }
    if (!same) differences++;
    const [h, g] = [median(hostTimes), median(guestTimes)];
    console.log(
      `${same ? 'same     ' : 'DIFFERENT'} ${(g / 1000).toFixed(2).padStart(7)} s guest ${(h / 1000).toFixed(2).padStart(7)} s host  ${(g / h).toFixed(1).padStart(5)}x  ${pipeline}`,
    );
  }
  process.exitCode = differences === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true });
}
