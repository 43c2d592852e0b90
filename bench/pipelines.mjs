/** Pipelines over real input, and the generator of their text: used by the benchmark and by a test. */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Log-like lines from a fixed sequence: the same file on every machine. */
export function generate(path, megabytes) {
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

/** TEXT is the generated file, MODULES the directory node_modules; both are in the working directory. */
export const pipelines = [
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

/** The command for a shell whose working directory is where the text lies, or node_modules. */
export function commandOf(pipeline) {
  return pipeline.replaceAll('TEXT', 'text').replaceAll('MODULES', '.');
}
export function isOverModules(pipeline) {
  return pipeline.includes('MODULES');
}
