/**
 * The last part of installing packages: their maintainer scripts, which are programs of the root itself and so run in
 * a guest on it. `preinst` of each package that was just unpacked, then dpkg(1) configures all of them.
 *
 * What is left to do stands in a file of the root, so that it can be gone on with later.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { boot, type Guest, type ExecResult } from '../api/index.ts';
import { pathInside } from './inside.ts';
import { RootError } from './root-error.ts';

/** Packages whose preinst has not run yet, a line for each. */
const PENDING = '/var/lib/dpkg/lodger-pending';
/** Says that no service is to be started: policy-rc.d(8). */
const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_TEXT = '#!/bin/sh\nexit 101\n';

/** The architecture that guests have. */
export const ARCHITECTURE = 'amd64';

const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C',
  TERM: 'dumb',
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
};
const MEMORY = '1G';

export function setPending(root: string, packages: readonly string[]): void {
  writeFileSync(pathInside(root, PENDING, 'stay'), packages.map(id => `${id}\n`).join(''));
}

/** Runs what is left to run. RootError with the words of the script that failed. */
export async function configure(root: string, report: (line: string) => void): Promise<void> {
  const pendingPath = pathInside(root, PENDING, 'stay');
  if (!existsSync(pathInside(root, '/usr/bin/dpkg', 'follow')))
    throw new RootError(`${root}: there is no dpkg in it`);
  const policyPath = pathInside(root, POLICY, 'stay');
  const hasOwnPolicy = existsSync(policyPath);
  const guest = await boot({
    root: { source: root, writable: true, suid: process.getuid?.() === 0 },
    memory: MEMORY,
  });
  try {
    if (!hasOwnPolicy) writeFileSync(policyPath, POLICY_TEXT, { mode: 0o755 });
    const pending = existsSync(pendingPath)
      ? readFileSync(pendingPath, 'utf8')
          .split('\n')
          .filter(line => line !== '')
      : [];
    while (pending.length > 0) {
      const id = pending[0]!;
      report(`preparing ${id}`);
      await runPreinst(guest, id);
      pending.shift();
      setPending(root, pending);
    }
    report('configuring');
    const result = await run(guest, 'dpkg', ['--configure', '--pending'], {});
    if (result.code !== 0) throw new RootError(`dpkg could not configure all packages:\n${tail(result)}`);
    rmSync(pendingPath, { force: true });
  } finally {
    if (!hasOwnPolicy) rmSync(policyPath, { force: true });
    await guest.shutdown();
  }
}

async function runPreinst(guest: Guest, id: string): Promise<void> {
  const [name, architecture = ARCHITECTURE] = id.split(':');
  const result = await run(guest, `/var/lib/dpkg/info/${id}.preinst`, ['install'], {
    DPKG_MAINTSCRIPT_NAME: 'preinst',
    DPKG_MAINTSCRIPT_PACKAGE: name!,
    DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT: '1',
    DPKG_MAINTSCRIPT_ARCH: architecture,
    DPKG_MAINTSCRIPT_DEBUG: '0',
    DPKG_ADMINDIR: '/var/lib/dpkg',
    DPKG_ROOT: '',
  });
  if (result.code !== 0) throw new RootError(`the preinst script of ${id} failed:\n${tail(result)}`);
}

async function run(
  guest: Guest,
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<ExecResult<string>> {
  try {
    return await guest.exec(file, args, { cwd: '/', env: { ...ENVIRONMENT, ...env } });
  } catch (error) {
    throw new RootError(`${file} cannot be run in the guest: ${(error as Error).message}`);
  }
}

function tail({ stdout, stderr }: ExecResult<string>): string {
  return `${stdout}${stderr}`.trimEnd().split('\n').slice(-20).join('\n');
}
