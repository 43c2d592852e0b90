/**
 * The declarative tree from which proc and sysfs are made. A node says what a name is; the subject says of what: the
 * kernel for /proc/uptime and all of /sys, a task for /proc/PID/status. A new entry is one line in a table:
 *
 *   uptime: file((kernel) => `…\n`),
 *   hostname: file((kernel) => `${kernel.hostname}\n`, { mode: 0o644, write: (kernel, text) => { … } }),
 *
 * Texts are byte strings. They are made when a file is read from its beginning, so that nothing costs anything until
 * somebody looks. Counterparts: fs/proc/generic.c, fs/seq_file.c, kernfs.
 */
import type { Credentials } from '../../task/credentials.ts';
import type { Task } from '../../task/task.ts';
import type { File, OpenContext } from '../file.ts';
import type { Path } from '../path.ts';

/** Who looks; undefined: the embedder or the kernel itself. */
export type Reader = Task | undefined;

interface Common<S> {
  /** Permission bits; by subject where they depend on it. */
  readonly mode: number | ((subject: S) => number);
  /** A rule before the mode's: true or false decides. */
  readonly permits?: (
    subject: S,
    mask: number,
    credentials: Credentials,
    reader: Reader,
  ) => boolean | undefined;
  /** /proc/sys (sysctl_perm): user 0 has the owner's bits, and no capability helps beyond the mode. */
  readonly isStrict?: boolean;
}

export interface FileNode<S> extends Common<S> {
  readonly kind: 'file';
  readonly read?: (subject: S, reader: Reader) => string;
  /** Takes what one write(2) brings. Fails with EINVAL and the like, or takes all of it. */
  readonly write?: (subject: S, text: string, writer: Reader) => void;
  /** Checked at open(2), after the mode: EACCES. */
  readonly check?: (subject: S, reader: Reader) => void;
  /** For files that are no text. */
  readonly open?: (subject: S, context: OpenContext) => File;
  /** What stat(2) says; sysfs: 4096. */
  readonly size?: number;
}

export interface LinkNode<S> extends Common<S> {
  readonly kind: 'link';
  readonly target: (subject: S, reader: Reader) => string;
  /** A magic link: where it leads, whatever `target` says. */
  readonly follow?: (subject: S, reader: Reader) => Path | undefined;
  readonly size?: number;
}

export interface DirectoryNode<S> extends Common<S> {
  readonly kind: 'directory';
  readonly entries: Readonly<Record<string, TreeNode<S>>>;
  readonly more?: Listing<S>;
  /** Entries that are there only for some subjects (a zombie has no `task`). */
  readonly isGone?: (subject: S) => boolean;
}

/** Names that come and go: processes, descriptors, threads, devices. */
export interface Listing<S> {
  /** In ascending order of `cookie`, a number that stays with the name. */
  list(subject: S, reader: Reader): Iterable<{ readonly name: string; readonly cookie: number }>;
  find(subject: S, name: string, reader: Reader): Found | undefined;
  /** How many of them are directories that count in st_nlink. */
  links?(subject: S): number;
}

/** What a name in a listing is. `key` tells apart the roles in which a subject occurs. */
export interface Found {
  readonly node: AnyNode;
  readonly subject: object;
  readonly key: string;
}

export type TreeNode<S> = FileNode<S> | LinkNode<S> | DirectoryNode<S>;
// The subject of a node is known where the table is written; the tree only hands it through.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyNode = TreeNode<any>;

export function file<S>(
  read: FileNode<S>['read'],
  options: Partial<Omit<FileNode<S>, 'kind' | 'read'>> = {},
): FileNode<S> {
  return { kind: 'file', mode: 0o444, ...(read && { read }), ...options };
}

/** A file whose text never changes. */
export function fixed<S>(
  text: string | number,
  options: Partial<Omit<FileNode<S>, 'kind' | 'read'>> = {},
): FileNode<S> {
  const content = `${text}\n`;
  return file<S>(() => content, options);
}

export function link<S>(target: LinkNode<S>['target'], follow?: LinkNode<S>['follow']): LinkNode<S> {
  return { kind: 'link', mode: 0o777, target, ...(follow && { follow }) };
}

export function directory<S>(
  entries: DirectoryNode<S>['entries'],
  options: Partial<Omit<DirectoryNode<S>, 'kind' | 'entries'>> = {},
): DirectoryNode<S> {
  return { kind: 'directory', mode: 0o555, entries, ...options };
}
