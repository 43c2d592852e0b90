/**
 * What a RemoteFs (kernel thread) and an FsServer (embedder's thread) tell one another. One call is under way at a
 * time: the kernel posts an FsRequest and sleeps on ANSWERED; the server posts the FsAnswer, then counts ANSWERED up,
 * so that the answer is in the port's queue when the kernel wakes up. Bytes of files go through `bytes`.
 */
import type { MessagePort } from 'node:worker_threads';

/** Words of `FsChannel.words`. */
export const ANSWERED = 0; // number of the request that was answered last
export const CLOSED = 1; // 1: there will be no more answers

/** The most that one request reads or writes. */
export const TRANSFER_BYTES = 256 * 1024;

/** The kernel thread's end. */
export interface FsChannel {
  readonly port: MessagePort;
  readonly words: SharedArrayBuffer;
  readonly bytes: SharedArrayBuffer;
  /** The open flags of the volume, where they are not Linux's: O_RDONLY … */
  readonly openFlags: Readonly<Record<string, number>>;
}

export interface FsRequest {
  /** Counts up from 1. */
  readonly number: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

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
