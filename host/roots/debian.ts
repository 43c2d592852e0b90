/** A root directory from Debian packages: download, unpack, enter into dpkg's database, run the maintainer scripts. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { download } from './apt.ts';
import { ARCHITECTURE, setPending } from './configure.ts';
import { openDeb } from './deb.ts';
import { DpkgDatabase } from './dpkg-database.ts';
import { pathInside } from './inside.ts';
import { RootError } from './root-error.ts';
import { mergeUsr, unpackFiles } from './unpack.ts';

/** Makes the directory. Its packages are unpacked then, and not configured. */
export async function unpackDebian(
  directory: string,
  packages: readonly string[],
  report: (line: string) => void,
): Promise<void> {
  const root = resolve(directory);
  mkdirSync(root, { recursive: true, mode: 0o755 });
  if (readdirSync(root).length > 0) throw new RootError(`${root} is not empty`);
  const work = mkdtempSync(join(tmpdir(), 'lodger-root-'));
  try {
    report('resolving dependencies');
    const archives = await download({ directory: work, architecture: ARCHITECTURE, packages, report });
    mergeUsr(root);
    const database = new DpkgDatabase(root, ARCHITECTURE);
    const pending: string[] = [];
    for (const [i, { name, path }] of archives.entries()) {
      report(`unpacking ${name} (${i + 1} of ${archives.length})`);
      const deb = await openDeb(path);
      const { id, hasPreinst } = database.add(deb, await unpackFiles(root, deb));
      if (hasPreinst) pending.push(id);
      if (path.startsWith(work)) rmSync(path);
    }
    database.close();
    setPending(root, pending);
    addBasics(root);
  } catch (error) {
    if (readdirSync(root).length === 0) rmdirSync(root);
    else if (error instanceof RootError) throw new RootError(`${error.message}\n${root} is not complete`);
    throw error;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What an installer would do besides, so that the root serves even before its packages are configured. */
function addBasics(root: string): void {
  for (const [from, to] of [
    ['/usr/share/base-passwd/passwd.master', '/etc/passwd'],
    ['/usr/share/base-passwd/group.master', '/etc/group'],
  ] as const) {
    const source = pathInside(root, from, 'follow');
    const target = pathInside(root, to, 'stay');
    if (existsSync(source) && !existsSync(target)) copyFileSync(source, target);
  }
  const files = {
    '/etc/hostname': 'lodger\n',
    '/etc/hosts': '127.0.0.1\tlocalhost\n127.0.1.1\tlodger\n::1\tlocalhost ip6-localhost\n',
    '/etc/fstab': '# what is mounted, Lodger mounts at boot\n',
  };
  for (const [name, content] of Object.entries(files)) {
    const path = pathInside(root, name, 'stay');
    if (!existsSync(path)) writeFileSync(path, content);
  }
  for (const name of ['proc', 'sys', 'dev', 'run', 'tmp']) mkdirSync(join(root, name), { recursive: true });
}
