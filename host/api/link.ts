/**
 * What a Guest stands on: the way to a kernel. A guest that this process booted is reached through its monitor
 * (local-link.ts), a guest inside a guest through processes of the outer one (nested-link.ts).
 */
import type { Readable, Writable } from 'node:stream';
import type { Halt, LogLine } from '../machine.ts';
import type { ControlInterface, SpawnSpec } from '../control/protocol.ts';
import type { Lifeline } from './lifeline.ts';
import type { ExitStatus, ProcessStreams } from './process.ts';

type Remotely<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
};

/** The requests that every link carries. spawn is the link's own, because of the streams. */
export type RemoteControl = Remotely<
  Pick<ControlInterface, 'kill' | 'fs' | 'mount' | 'processes' | 'memory' | 'ready'>
>;

/** A command to start, and the size of its terminal if it has one. */
export interface Command extends Omit<SpawnSpec, 'stdio'> {
  readonly terminal: { readonly rows: number; readonly columns: number } | undefined;
}

/** A process that a link started. */
export interface Started {
  readonly pid: number;
  readonly streams: ProcessStreams;
  /** Rejects with KernelPanic if the guest ends first. */
  readonly exited: Promise<ExitStatus>;
  readonly resize: ((rows: number, columns: number) => void) | undefined;
}

/** The console terminal: what the guest writes, and where one types. */
export interface GuestConsole {
  readonly output: Readable;
  readonly input: Writable;
  resize(rows: number, columns: number): void;
}

/** Ownership: whoever made a link closes it. */
export interface GuestLink {
  readonly life: Lifeline;
  readonly control: RemoteControl;
  readonly console: GuestConsole;
  /** Threads of the host process that are this guest's alone; those of an inner guest are its outer guest's. */
  readonly threadCount: number;
  /** Where lines of the kernel log go. */
  set onLog(onLog: (line: LogLine) => void);
  /** Starts a program. GuestError if it cannot be started. */
  spawn(command: Command): Promise<Started>;
  /** Adds a native program to those that this process trusts; what is asked after this finds it. */
  trust(content: Uint8Array): void;
  /** Asks for an orderly power-off; `life` tells when it is done. */
  powerOff(): void;
  /** Ends what is left of the guest, and the link. */
  close(): Promise<void>;
}

/** How a guest ends that did not end in time. */
export const ENDED: Halt = { kind: 'halt' };
