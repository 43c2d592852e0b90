/**
 * Boot: from a machine to a running init. Linux counterpart: init/main.c.
 *
 * Linux: the kernel itself mounts the file systems that a first program counts on (/proc, /sys, /dev, /dev/pts,
 * /dev/shm, /run, /tmp), so that the embedder can start a program without waiting for init.
 */
import type { Machine } from '../host/machine.ts';
import { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RELATIME } from './abi/mount.ts';
import { ENOENT } from './abi/errno.ts';
import { O_RDWR } from './abi/fcntl.ts';
import { SIGUSR2, SIG_IGN } from './abi/signal.ts';
import { fromText } from './abi/byte-string.ts';
import { Errno } from './errors.ts';
import { makeDirectory } from './fs/create.ts';
import { registerFileSystems } from './fs/file-systems.ts';
import { unpackInitramfs } from './fs/initramfs.ts';
import { lookupPath } from './fs/path-walk.ts';
import { Kernel } from './kernel.ts';
import { mountRoot } from './root-file-system.ts';
import { sendSignal } from './task/signals.ts';
import { spawnInit } from './task/spawn.ts';
import { ROOT } from './task/credentials.ts';

/** [source, directory, type, flags, options] */
const MOUNTS: readonly (readonly [string, string, string, number, string])[] = [
  ['devtmpfs', '/dev', 'devtmpfs', MS_NOSUID | MS_RELATIME, 'mode=755'],
  ['proc', '/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, ''],
  ['sysfs', '/sys', 'sysfs', MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, ''],
  ['devpts', '/dev/pts', 'devpts', MS_NOSUID | MS_NOEXEC | MS_RELATIME, 'gid=5,mode=620,ptmxmode=666'],
  ['tmpfs', '/dev/shm', 'tmpfs', MS_NOSUID | MS_NODEV | MS_RELATIME, ''],
  ['tmpfs', '/run', 'tmpfs', MS_NOSUID | MS_NODEV | MS_RELATIME, 'mode=755'],
  ['tmpfs', '/tmp', 'tmpfs', MS_NOSUID | MS_NODEV | MS_RELATIME, ''],
];

const TEMPORARY = '/tmp';

const INIT_PATHS = ['/sbin/init', '/etc/init', '/bin/init', '/bin/sh'];

/** Builds the kernel, its root file system and its first process. `initramfs`: a newc cpio archive. */
export function bootKernel(machine: Machine, commandLine: string, initramfs: Uint8Array): Kernel {
  const kernel = new Kernel(machine, commandLine);
  kernel.log.info(`Lodger on ${machine.memory.length >>> 20} MiB, command line: ${commandLine || '(empty)'}`);
  registerFileSystems(kernel);
  unpackInitramfs(kernel, initramfs);
  switchToRoot(kernel);
  mountAll(kernel);
  startInit(kernel);
  kernel.onPower = () => powerOff(kernel);
  return kernel;
}

/** Without the root file system that was asked for there is nothing to go on with. */
function switchToRoot(kernel: Kernel): void {
  const { root, rootFlags } = kernel.params;
  // User-mode Linux's root=/dev/ubda names a device, of which there are none.
  if (root === undefined || root.startsWith('/')) return;
  try {
    mountRoot(kernel);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    kernel.panic(new Error(`Unable to mount root ${root} (${rootFlags}): ${error.toString()}`), undefined);
  }
}

/** In a root that somebody else made, a place may be what nothing can be mounted on; the rest serves without it. */
function mountAll(kernel: Kernel): void {
  if (kernel.isHalted) return;
  for (const mount of MOUNTS) {
    if (mount[1] === TEMPORARY && hasOwnTemporary(kernel)) continue;
    try {
      mountAt(kernel, ...mount);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      kernel.log.warning(`cannot mount ${mount[2]} on ${mount[1]}: ${error.toString()}`);
    }
  }
}

/** A root that was asked for brings the files that its programs left in /tmp. */
function hasOwnTemporary(kernel: Kernel): boolean {
  if (kernel.vfs.root.mount === kernel.vfs.initialRoot.mount) return false;
  try {
    return (
      lookupPath(kernel.vfs.kernelContext(), kernel.vfs.root, TEMPORARY).dentry.inode?.isDirectory === true
    );
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return false;
  }
}

/** Asks init for an orderly end. An init that does not listen (or not yet) cannot be asked: the machine stops at once. */
function powerOff(kernel: Kernel): void {
  const { init } = kernel.tasks;
  const isListening = init !== undefined && init.handlers.get(SIGUSR2).handler > SIG_IGN;
  if (isListening) {
    sendSignal(init, SIGUSR2);
    return;
  }
  kernel.vfs.sync();
  kernel.halt('poweroff');
}

/** Mounts a file system as the kernel or the embedder, making the directory if it is not there. */
export function mountAt(
  kernel: Kernel,
  source: string,
  directory: string,
  typeName: string,
  flags: number,
  options: string,
): void {
  const { vfs } = kernel;
  const context = vfs.kernelContext(ROOT, 0o022);
  let made = '';
  for (const part of directory.split('/').filter(Boolean)) {
    made += `/${part}`;
    try {
      lookupPath(context, vfs.root, made);
    } catch (error) {
      if (!(error instanceof Errno) || error.errno !== ENOENT) throw error;
      makeDirectory(context, vfs.root, made, 0o755);
    }
  }
  const at = lookupPath(context, vfs.root, directory);
  const superBlock = vfs.types.get(typeName)!.mount(kernel, source, options, flags);
  if (source !== '') superBlock.source = source;
  vfs.tree.attach(vfs.tree.create(superBlock, flags), at);
}

function startInit(kernel: Kernel): void {
  if (kernel.isHalted) return;
  const { params, vfs } = kernel;
  const context = vfs.kernelContext();
  const env = [
    'HOME=/',
    'TERM=linux',
    ...[...params.initEnvironment].map(([name, value]) => `${name}=${value}`),
  ];
  const candidates = params.init === undefined ? INIT_PATHS : [params.init];
  const reasons: string[] = [];
  for (const path of candidates) {
    const console = vfs.open(context, vfs.root, '/dev/console', O_RDWR);
    try {
      spawnInit(kernel, {
        path: fromText(path),
        // The root's own init, which would want to rule the machine, is started only if it is asked for.
        programRoot: params.init === undefined ? vfs.initialRoot : vfs.root,
        argv: [fromText(path), ...params.initArguments.map(fromText)],
        env: env.map(fromText),
        files: [console, console, console],
      });
      return;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      reasons.push(`${path}: ${error.toString()}`);
    } finally {
      vfs.put(console);
    }
  }
  kernel.panic(new Error(`No working init found (${reasons.join('; ')})`), undefined);
}
