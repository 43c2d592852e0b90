/** What one asks of a running kernel from outside. Calls are synchronous in the kernel's thread. */
import type { GuestFailure } from '../api/errors.ts';

/** Text, or bytes that are none. */
export type Name = string | Uint8Array;

export interface SpawnSpec {
  /** A path, or a name that is looked up in PATH of `env`. */
  readonly file: Name;
  /** argv, the name included. */
  readonly args: readonly Name[];
  /** NAME=value */
  readonly env: readonly Name[];
  /** undefined: /root if it is there, else /. */
  readonly cwd: Name | undefined;
  readonly uid: number;
  readonly gid: number;
  /** Numbers of the machine's ports for descriptors 0, 1, 2; or of one that is a terminal for all three. */
  readonly stdio: readonly number[] | { readonly terminal: number };
}

export interface GuestStats {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface GuestEntry {
  readonly name: string;
  /** S_IFMT bits >> 12: 4 a directory, 8 a regular file, 10 a symbolic link … */
  readonly type: number;
}

export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly command: string;
  readonly state: string;
}

export interface MemoryInfo {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** One file-system request; the reply's value depends on the operation. Paths are relative to /. */
export type FsRequest =
  | { readonly op: 'readFile'; readonly path: string }
  | {
      readonly op: 'writeFile';
      readonly path: string;
      readonly data: Uint8Array;
      readonly mode: number;
      readonly isAppending: boolean;
    }
  | { readonly op: 'mkdir'; readonly path: string; readonly mode: number; readonly isRecursive: boolean }
  | { readonly op: 'readdir'; readonly path: string }
  | { readonly op: 'stat' | 'lstat' | 'unlink' | 'rmdir' | 'readlink'; readonly path: string }
  | { readonly op: 'rm'; readonly path: string; readonly isRecursive: boolean; readonly isForced: boolean }
  | { readonly op: 'rename' | 'link' | 'symlink'; readonly from: string; readonly path: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly op: 'chown'; readonly path: string; readonly uid: number; readonly gid: number }
  | { readonly op: 'truncate'; readonly path: string; readonly size: number };

export type FsValue = undefined | string | Uint8Array | GuestStats | readonly GuestEntry[];

/** A reply: thrown objects lose their fields on the way, so failures are values. */
export interface Reply<T> {
  readonly value?: T;
  readonly failure?: GuestFailure;
}

export interface ControlInterface {
  spawn(spec: SpawnSpec): Reply<number>;
  kill(pid: number, signo: number): Reply<undefined>;
  fs(request: FsRequest): Reply<FsValue>;
  mount(tag: string, path: string, isReadOnly: boolean): Reply<undefined>;
  processes(): ProcessInfo[];
  memory(): MemoryInfo;
  /** Resolves once the kernel runs. */
  ready(): undefined;
}

/** A spawn over a connection: `stdio` are indexes of the descriptors that come with the request's first byte. */
export interface SocketSpawnSpec extends SpawnSpec {
  /** The reply is also written to the process's output, as its first line: nothing can come before it there. */
  readonly isAnnounced?: boolean;
}

/** A guest that runs as a process of another one. */
export interface InnerGuest {
  /** Of that process. */
  readonly pid: number;
  readonly name: string;
  readonly memory: MemoryInfo;
  readonly processes: readonly ProcessInfo[];
  /** The guests inside. */
  readonly guests: readonly InnerGuest[];
}
