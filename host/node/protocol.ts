/** What the threads of one guest tell one another by messages: the start data of each, and the kernel's requests. */
import type { MessagePort } from 'node:worker_threads';
import type { Halt, LogLine } from '../machine.ts';
import type { PoolRequest } from '../thread-pool.ts';
import type { SharedBundle } from './code-cache.ts';
import type { FsChannel } from './remote-fs-protocol.ts';
import type { CallChannel } from './sleeping-call.ts';

/** A native program that the embedder trusts: its bundle on the host, and the SHA-256 of that file in hex. */
export interface TrustedProgram {
  /** With `source`, only a name for stack traces. */
  readonly path: string;
  readonly sha256: string;
  /** The bundle itself, one character a byte, if it is in no file. */
  readonly source?: string;
}

export interface HostDirectorySpec {
  readonly tag: string;
  readonly path: string;
  readonly isReadOnly: boolean;
  /** The guest may use the sockets in it. */
  readonly hasSockets?: boolean;
  /** Where its files are asked for; without it they are the host's. */
  readonly channel?: FsChannel;
}

export interface KernelThreadData {
  /** Path of the kernel's bundle. */
  readonly kernelBundle: string;
  readonly sharedKernel: SharedBundle;
  /** The folder of the bundles that go with it. */
  readonly bundles: string;
  readonly board: SharedArrayBuffer;
  readonly memory: WebAssembly.Memory;
  readonly console: SharedArrayBuffer;
  readonly programs: readonly TrustedProgram[];
  readonly directories: readonly HostDirectorySpec[];
  /** A cpio archive. Nobody writes to it. */
  readonly initramfs: SharedArrayBuffer;
  /** Kernel command line, UML's style. */
  readonly commandLine: string;
  /** comlink's channel to the API. */
  readonly control: MessagePort;
  /** Where sockets are asked for; undefined if no directory has them. */
  readonly sockets: CallChannel | undefined;
  /** Wait for a debugger here; from then on the kernel thread wakes up often enough to notice what it asks. */
  readonly inspectPort: number | undefined;
}

export interface ProgramThreadData {
  readonly board: SharedArrayBuffer;
  readonly memory: WebAssembly.Memory;
  readonly context: number;
  readonly programs: readonly TrustedProgram[];
  /** The folder of Lodger's own bundles. */
  readonly bundles: string;
  /** What guests in this guest begin with. */
  readonly initramfs: SharedArrayBuffer;
  /** Which ports may a program open its thread to a debugger on? true: any. */
  readonly debuggerPorts: boolean | readonly number[];
}

/** From the kernel thread to the thread with the event loop. */
export type KernelRequest =
  | PoolRequest
  | { readonly kind: 'port'; readonly port: number }
  | { readonly kind: 'log'; readonly line: LogLine }
  | { readonly kind: 'exit'; readonly pid: number; readonly status: number }
  | { readonly kind: 'halt'; readonly how: Halt };
