/** The files of a guest as a machine's HostFs: the same calls give the same as Node's fs on the host. */
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bootGuest, sh } from './guest.ts';
import { testPrograms } from './program.ts';
import { runHostFsCases } from './programs/host-fs-cases.ts';

function onHost(): string[] {
  const root = nodeFs.mkdtempSync(join(tmpdir(), 'lodger-host-fs-'));
  const lines: string[] = [];
  const umask = process.umask(0o022);
  try {
    runHostFsCases(nodeFs, root, line => lines.push(line));
  } finally {
    process.umask(umask);
    nodeFs.rmSync(root, { recursive: true });
  }
  return lines;
}

it.runIf(process.platform === 'linux')('guest files answer hostfs as files of the host do', async () => {
  const guest = await bootGuest({ programs: await testPrograms('host-fs') });
  const { stdout, stderr, code } = await sh(guest, 'umask 022; mkdir /tmp/cases && host-fs /tmp/cases');
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  expect(stdout.trimEnd().split('\n')).toEqual(onHost());
});
