/**
 * HostNames: the names of one host directory that were looked up, present or absent, for mounts with `cache=`. They
 * are good while the directory's times are what they were, which is asked for once in the mount's cache time. The
 * counterpart is the dentry cache of NFS, close-to-open consistency aside.
 */
import type { HostDirectoryInode } from './host-directory-inode.ts';
import type { HostInode } from './host-inode.ts';

/** A guest may ask one directory for any number of names that are not there. */
const MAX_NAMES = 8192;
const ABSENT_BEFORE_READING = 8;
/** So much of a directory is read in the time of one lookup; sizes of directories are a rough measure anyway. */
const BYTES_OF_A_QUESTION = 512;
/** Time stamps of files move in steps of up to this: a change right after a look may leave the time as it was. */
const STAMP_STEP_MS = 20;

export class HostNames {
  readonly #found = new Map<string, HostInode | 'absent'>();
  #version = -1;
  /** The directory had changed just before the first look, so that another change may not show in its times. */
  #isRecent = false;
  /** When the directory's attributes were last read, as `HostInode.readCount` counts. */
  #readCount = -1;

  /** All names, once enough was asked for in vain that reading the directory is cheaper than asking on. */
  #all: ReadonlySet<string> | undefined;
  #absentCount = 0;

  /** What is known of a name, as long as the directory (just refreshed) is the same. */
  get(name: string, directory: HostDirectoryInode): HostInode | 'absent' | undefined {
    if (this.#readCount !== directory.readCount) this.#compare(directory);
    const inode = this.#found.get(name);
    if (inode === undefined && this.#all?.has(name) === false) return 'absent';
    return inode === undefined || inode === 'absent' || !inode.isForgotten ? inode : undefined;
  }

  /** Whether the next question should be for all names: programs try many places for each of their parts. */
  wantsAll({ size }: HostDirectoryInode): boolean {
    return this.#all === undefined && this.#absentCount > ABSENT_BEFORE_READING + size / BYTES_OF_A_QUESTION;
  }
  setAll(names: ReadonlySet<string>): void {
    this.#all = names;
  }

  set(name: string, inode: HostInode | 'absent'): void {
    if (this.#found.size >= MAX_NAMES) this.#found.clear();
    if (inode === 'absent') this.#absentCount++;
    this.#found.set(name, inode);
  }

  #compare(directory: HostDirectoryInode): void {
    if (this.#version !== directory.version || this.#isRecent) {
      this.#found.clear();
      this.#all = undefined;
      this.#absentCount = 0;
      this.#version = directory.version;
      const { sec, nsec } = directory.superBlock.kernel.time.now();
      const ageMs = (sec - directory.mtime.sec) * 1e3 + (nsec - directory.mtime.nsec) / 1e6;
      this.#isRecent = Math.abs(ageMs) < STAMP_STEP_MS;
    }
    this.#readCount = directory.readCount;
  }
}
