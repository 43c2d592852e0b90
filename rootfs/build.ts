/**
 * Composes the default root file system in a memfs volume and writes it as an initramfs: the skeleton of this folder,
 * the directories of hier(7), and the multi-call programs hard-linked under the names of their tools.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Volume } from 'memfs';
import { toolsOfBundles } from '../userland/bundles.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';

const DIRECTORIES: readonly (readonly [string, number])[] = [
  ['/dev', 0o755],
  ['/etc', 0o755],
  ['/home', 0o755],
  ['/home/user', 0o755],
  ['/mnt', 0o755],
  ['/opt', 0o755],
  ['/proc', 0o555],
  ['/root', 0o700],
  ['/run', 0o755],
  ['/srv', 0o755],
  ['/sys', 0o555],
  ['/tmp', 0o1777],
  ['/usr', 0o755],
  ['/usr/bin', 0o755],
  ['/usr/lib', 0o755],
  ['/usr/lib/lodger', 0o755],
  ['/usr/local', 0o755],
  ['/usr/local/bin', 0o755],
  ['/usr/sbin', 0o755],
  ['/usr/share', 0o755],
  ['/var', 0o755],
  ['/var/log', 0o755],
  ['/var/tmp', 0o1777],
];

/** Programs of the system's administrator live in /usr/sbin, the rest in /usr/bin. */
const SBIN = new Set(['init', 'poweroff', 'reboot', 'halt', 'mount', 'umount', 'chroot', 'lodger']);

function copySkeleton(volume: InstanceType<typeof Volume>, from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = `${to}/${entry.name}`;
    if (entry.isDirectory()) {
      volume.mkdirSync(target, { recursive: true });
      copySkeleton(volume, source, target);
    } else {
      volume.writeFileSync(target, readFileSync(source), { mode: 0o644 });
    }
  }
}

function entriesOf(volume: InstanceType<typeof Volume>, directory: string): CpioEntry[] {
  const entries: CpioEntry[] = [];
  for (const name of (volume.readdirSync(directory) as string[]).sort()) {
    const path = directory === '/' ? `/${name}` : `${directory}/${name}`;
    const stats = volume.lstatSync(path);
    const isFirstLink = stats.nlink === 1 || !written.has(stats.ino);
    let content: Uint8Array = new Uint8Array(0);
    if (stats.isSymbolicLink()) content = new TextEncoder().encode(String(volume.readlinkSync(path)));
    else if (stats.isFile() && isFirstLink) content = volume.readFileSync(path) as Uint8Array;
    written.add(stats.ino);
    entries.push({
      name: path.slice(1),
      mode: stats.mode,
      ino: stats.ino,
      nlink: stats.isDirectory() ? 2 : stats.nlink,
      content,
    });
    if (stats.isDirectory()) entries.push(...entriesOf(volume, path));
  }
  return entries;
}
const written = new Set<number>();

/** The initramfs. `bundles`: the userland's bundles by name. */
export function buildRootfs(skeleton: URL, bundles: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const volume = new Volume();
  for (const [path, mode] of DIRECTORIES) {
    volume.mkdirSync(path, { recursive: true });
    volume.chmodSync(path, mode);
  }
  copySkeleton(volume, fileURLToPath(skeleton), '');
  for (const [bundle, content] of bundles) {
    const original = `/usr/lib/lodger/${bundle}`;
    volume.writeFileSync(original, content, { mode: 0o755 });
    volume.chmodSync(original, 0o755);
    for (const name of toolsOfBundles.get(bundle)!) {
      const directory = SBIN.has(name) ? '/usr/sbin' : '/usr/bin';
      volume.linkSync(original, `${directory}/${name}`);
    }
  }
  // What a root of another system gets too: kernel/root-file-system.ts.
  volume.mkdirSync('/usr/lib/lodger/root/usr/sbin', { recursive: true });
  volume.linkSync('/usr/lib/lodger/lodger', '/usr/lib/lodger/root/usr/sbin/lodger');
  // As Debian has it: one directory under both names.
  volume.symlinkSync('usr/bin', '/bin');
  volume.symlinkSync('usr/sbin', '/sbin');
  volume.symlinkSync('/proc/self/mounts', '/etc/mtab');
  return writeCpio(entriesOf(volume, '/'));
}

export { toolsOfBundles };
