/**
 * proc: the kernel and its processes as files; proc(5). `mount -t proc proc /proc`, options `hidepid=`, `gid=`,
 * `subset=pid`. Each mount is an instance of its own, since Linux 5.8 there too.
 */
import type { Kernel } from '../../kernel.ts';
import type { FileSystemType } from '../super-block.ts';
import type { DirectoryNode, Listing, Reader } from './tree.ts';
import type { TreeInode } from './tree-inode.ts';
import { EINVAL, ENOENT, EPERM } from '../../abi/errno.ts';
import { PROC_SUPER_MAGIC } from '../../abi/statfs.ts';
import { fail } from '../../errors.ts';
import { isInGroup } from '../../task/credentials.ts';
import { Task } from '../../task/task.ts';
import { mayLook } from './access.ts';
import { findTask, ownerOf, processDirectory } from './pid-entries.ts';
import { rootEntries } from './root-files.ts';
import { directory } from './tree.ts';
import { TreeSuperBlock } from './tree-inode.ts';

type HidePid = 'off' | 'noaccess' | 'invisible' | 'ptraceable';
const HIDE_PID: Readonly<Record<string, HidePid>> = {
  0: 'off',
  off: 'off',
  1: 'noaccess',
  noaccess: 'noaccess',
  2: 'invisible',
  invisible: 'invisible',
  4: 'ptraceable',
  ptraceable: 'ptraceable',
};
const HIDE_PID_NAMES: Readonly<Record<HidePid, string>> = {
  off: '',
  noaccess: ',hidepid=noaccess',
  invisible: ',hidepid=invisible',
  ptraceable: ',hidepid=ptraceable',
};

interface ProcOptions {
  hidePid: HidePid;
  gid: number;
  isPidOnly: boolean;
}

function parseOptions(text: string, before: ProcOptions): ProcOptions {
  const options = { ...before };
  for (const option of text.split(',')) {
    const equals = option.indexOf('=');
    const value = option.slice(equals + 1);
    if (option === '' || option === 'rw' || option === 'ro') continue;
    if (option.startsWith('hidepid=') && Object.hasOwn(HIDE_PID, value)) options.hidePid = HIDE_PID[value]!;
    else if (option.startsWith('gid=') && /^\d{1,10}$/.test(value)) options.gid = Number(value);
    else if (option === 'subset=pid') options.isPidOnly = true;
    else fail(EINVAL, 'proc: unknown option');
  }
  return options;
}

const processes: Listing<Kernel> = {
  *list(kernel) {
    const pids = [...kernel.tasks.groups.keys()].sort((a, b) => a - b);
    for (const pid of pids) yield { name: String(pid), cookie: pid };
  },
  // A thread that is no leader is not listed but found, as on Linux.
  find(kernel, name) {
    const task = findTask(kernel, name);
    return task && { node: processDirectory, subject: task, key: 'process' };
  },
  links: kernel => kernel.tasks.groups.size,
};

const fullRoot: DirectoryNode<Kernel> = directory(rootEntries, { more: processes });
const { self, 'thread-self': threadSelf } = rootEntries;
const pidRoot: DirectoryNode<Kernel> = directory(
  { self: self!, 'thread-self': threadSelf! },
  { more: processes },
);

class ProcSuperBlock extends TreeSuperBlock {
  #options: ProcOptions;

  constructor(kernel: Kernel, source: string, options: ProcOptions) {
    super(kernel, 'proc', PROC_SUPER_MAGIC, options.isPidOnly ? pidRoot : fullRoot);
    this.source = source;
    this.#options = options;
  }

  override refuseNewNames(): void {
    fail(ENOENT, 'no new names in /proc');
  }

  override showOptions(): string {
    const { hidePid, gid, isPidOnly } = this.#options;
    return `${gid === 0 ? '' : `,gid=${gid}`}${HIDE_PID_NAMES[hidePid]}${isPidOnly ? ',subset=pid' : ''}`;
  }
  override remount(options: string): void {
    this.#options = parseOptions(options, this.#options);
  }

  override refreshInode(inode: TreeInode): void {
    const { subject } = inode;
    if (!(subject instanceof Task)) return;
    ({ uid: inode.uid, gid: inode.gid } = ownerOf(subject, inode.node));
  }

  override isGone(subject: object): boolean {
    return subject instanceof Task && this.kernel.tasks.task(subject.tid) !== subject;
  }

  override shows(subject: object, reader: Reader): boolean {
    if (!(subject instanceof Task)) return true;
    const { hidePid } = this.#options;
    return (hidePid !== 'invisible' && hidePid !== 'ptraceable') || this.#mayUse(subject, reader);
  }

  /** hidepid=noaccess: the directory is there, and what is in it is not to be had (EPERM, not EACCES). */
  override checkAccess(subject: object, reader: Reader): void {
    if (!(subject instanceof Task) || this.#options.hidePid === 'off') return;
    if (!this.#mayUse(subject, reader)) fail(EPERM, 'hidepid');
  }

  #mayUse(task: Task, reader: Reader): boolean {
    const { hidePid, gid } = this.#options;
    if (reader === undefined) return true;
    if (hidePid !== 'ptraceable' && isInGroup(reader.credentials, gid)) return true;
    return mayLook(reader, task);
  }
}

export const procType: FileSystemType = {
  name: 'proc',
  needsDevice: false,
  mount(kernel, source, options) {
    const parsed = parseOptions(options, { hidePid: 'off', gid: 0, isPidOnly: false });
    return new ProcSuperBlock(kernel, source === '' ? 'proc' : source, parsed);
  },
};
