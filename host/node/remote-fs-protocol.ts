/**
 * What a RemoteFs (kernel thread) and an FsServer (embedder's thread) tell one another: sleeping calls, whose answer is
 * an FsAnswer. Bytes of files go through `bytes`.
 */
import type { CallChannel } from './sleeping-call.ts';

/** The most that one request reads or writes. */
export const TRANSFER_BYTES = 256 * 1024;

/** The kernel thread's end. */
export interface FsChannel extends CallChannel {
  readonly bytes: SharedArrayBuffer;
  /** The open flags of the volume, where they are not Linux's: O_RDONLY … */
  readonly openFlags: Readonly<Record<string, number>>;
}

export interface FsCall {
  readonly method: string;
  readonly args: readonly unknown[];
}
export type FsRequest = FsCall & { readonly number: number };

export type FsAnswer =
  | { readonly value: unknown }
  /** `code` is Node's: ENOENT. */
  | { readonly code: string; readonly message: string };

/** Attributes on their way, in this order. */
export const STAT_FIELDS = [
  'dev',
  'ino',
  'mode',
  'nlink',
  'uid',
  'gid',
  'rdev',
  'size',
  'blocks',
  'blksize',
  'atimeNs',
  'mtimeNs',
  'ctimeNs',
  'birthtimeNs',
] as const;
export type StatField = (typeof STAT_FIELDS)[number];

/** A name in a directory and the type of what it names. */
export type EntryType = 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'character' | 'block' | 'unknown';
export type EntryMessage = readonly [name: string | Uint8Array, type: EntryType];
