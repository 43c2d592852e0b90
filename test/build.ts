/** Before any test: builds what the guest tests run, so that they never test an old build. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function setup(): void {
  // Several runs at once in one checkout would take the bundles from under one another.
  if (process.env['LODGER_DIST'] !== undefined) return;
  execFileSync(process.execPath, [fileURLToPath(new URL('../build.mjs', import.meta.url))], {
    stdio: 'inherit',
  });
}
