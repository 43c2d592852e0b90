/**
 * Pipelines over real input, in the guest and on the host: the same bytes come out, and how long each took.
 * `npm run bench:files [-- --megabytes 200] [-- --runs 3]`
 *
 * The input is a generated text file and this repository's node_modules, mounted read-only.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boot } from '../dist/index.js';
import { commandOf, generate, isOverModules, pipelines } from './pipelines.mjs';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '200' }, runs: { type: 'string', default: '3' } },
});
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'lodger-bench-'));
const text = join(directory, 'text');

const median = list => [...list].sort((a, b) => a - b)[list.length >> 1];
const env = { ...process.env, LC_ALL: 'C' };

try {
  process.stderr.write(`generating ${values.megabytes} MB …\n`);
  generate(text, Number(values.megabytes));
  const guest = await boot({
    memory: '1G', // sort keeps its temporary files in /tmp, which is memory
    mounts: { '/in': { source: directory, readOnly: true }, '/modules': { source: modules, readOnly: true } },
  });
  let differences = 0;
  for (const pipeline of pipelines) {
    const hostTimes = [];
    const guestTimes = [];
    let same = true;
    for (let i = 0; i < Number(values.runs); i++) {
      let start = performance.now();
      const host = execFileSync('sh', ['-c', commandOf(pipeline)], {
        cwd: isOverModules(pipeline) ? modules : directory,
        env,
        maxBuffer: 2 ** 30,
      });
      hostTimes.push(performance.now() - start);
      start = performance.now();
      const { stdout, stderr, code } = await guest.exec('sh', ['-c', commandOf(pipeline)], {
        cwd: isOverModules(pipeline) ? '/modules' : '/in',
        extraEnv: { LC_ALL: 'C' },
        encoding: 'buffer',
      });
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
  await guest.shutdown();
  process.exitCode = differences === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true });
}
