/**
 * Redirections (XCU 2.7). They are expanded first, in the shell; then applied either for good (a child before exec,
 * `exec >file`) or with the covered descriptors saved to be put back.
 */
import * as fc from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import * as errno from '../../kernel/abi/errno.ts';
import { fstat, S_ISREG, tryStat } from '../libc/stat.ts';
import { SEEK_SET, close, dup2, lseek, memfdCreate, open, pipe2, writeAll } from '../libc/unistd.ts';
import type { Redirect } from './ast.ts';
import { duplicatePrivate } from './descriptors.ts';
import { forgetInput } from './line-input.ts';
import { ShellError } from './errors.ts';
import { expandQuoted, expandText } from './expand.ts';
import type { Shell } from './shell.ts';

/** A redirection with its target expanded. */
export interface ExpandedRedirect {
  readonly fd: number;
  readonly operator: Redirect['operator'];
  /** File name, descriptor number or '-', or the text of a here-document. */
  readonly target: string;
}

/** A here-document up to this size fits a pipe without anybody reading. */
const PIPE_BYTES = 32768;

export function expandRedirects(shell: Shell, redirects: readonly Redirect[]): ExpandedRedirect[] {
  return redirects.map(({ fd, operator, target }) => {
    if (operator === '<<') return { fd, operator, target: expandQuoted(shell, target) };
    const text = expandText(shell, target, 'word');
    return { fd, operator, target: operator === '<<<' ? `${text}\n` : text };
  });
}

/** What a redirection covered: the saved copy of each descriptor, undefined where it was closed. */
export type SavedDescriptors = [fd: number, saved: number | undefined][];

/** Applies redirections; with `saved`, notes there what they cover. A failure is a ShellError, with nothing undone. */
export function applyRedirects(
  shell: Shell,
  redirects: readonly ExpandedRedirect[],
  saved: SavedDescriptors | undefined,
): void {
  for (const redirect of redirects) {
    if (saved && !saved.some(([fd]) => fd === redirect.fd)) saved.push([redirect.fd, save(redirect.fd)]);
    applyOne(shell, redirect);
  }
}

/** Puts back what redirections covered. */
export function restoreDescriptors(saved: SavedDescriptors): void {
  forgetInput();
  for (const [fd, copy] of saved.reverse()) {
    if (copy === undefined) closeQuietly(fd);
    else {
      dup2(copy, fd);
      close(copy);
    }
  }
}

/** `exec >file`: the redirections stay. */
export function forgetSaved(saved: SavedDescriptors): void {
  for (const [, copy] of saved) if (copy !== undefined) close(copy);
}

function save(fd: number): number | undefined {
  try {
    return duplicatePrivate(fd);
  } catch (error) {
    if (error instanceof SysError && error.errno === errno.EBADF) return undefined;
    throw error;
  }
}

function closeQuietly(fd: number): void {
  try {
    close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

function applyOne(shell: Shell, { fd, operator, target }: ExpandedRedirect): void {
  forgetInput();
  if (operator === '<&' || operator === '>&') {
    duplicate(fd, target);
    return;
  }
  const opened =
    operator === '<<' || operator === '<<<' ? textDescriptor(target) : openFor(shell, operator, target);
  if (opened === fd) return;
  dup2(opened, fd);
  close(opened);
}

function duplicate(fd: number, target: string): void {
  if (target === '-') {
    closeQuietly(fd);
    return;
  }
  if (!/^[0-9]+$/.test(target)) throw new ShellError('Syntax error: Bad fd number');
  try {
    if (Number(target) === fd) fc.fcntl(fd, fc.F_GETFD);
    else dup2(Number(target), fd);
  } catch (error) {
    if (error instanceof SysError) throw new ShellError(`${target}: ${error.message}`);
    throw error;
  }
}

function openFor(shell: Shell, operator: '<' | '>' | '>>' | '>|' | '<>', path: string): number {
  const isCreating = operator !== '<';
  try {
    switch (operator) {
      case '<':
        return open(path, fc.O_RDONLY);
      case '<>':
        return open(path, fc.O_RDWR | fc.O_CREAT);
      case '>>':
        return open(path, fc.O_WRONLY | fc.O_CREAT | fc.O_APPEND);
      case '>':
        if (shell.options.has('noclobber')) return openWithoutClobbering(path);
        return open(path, fc.O_WRONLY | fc.O_CREAT | fc.O_TRUNC);
      case '>|':
        return open(path, fc.O_WRONLY | fc.O_CREAT | fc.O_TRUNC);
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new ShellError(
      `cannot ${isCreating ? 'create' : 'open'} ${path}: ${openErrorText(error, isCreating)}`,
    );
  }
}

/** set -C: `>` makes a new file or writes to something that is no regular file. */
function openWithoutClobbering(path: string): number {
  const before = tryStat(path);
  if (!before) return open(path, fc.O_WRONLY | fc.O_CREAT | fc.O_EXCL);
  if (S_ISREG(before.mode)) throw new SysError(errno.EEXIST);
  const fd = open(path, fc.O_WRONLY);
  if (S_ISREG(fstat(fd).mode)) {
    close(fd);
    throw new SysError(errno.EEXIST);
  }
  return fd;
}

/** dash's words for what can be wrong with a path. */
export function openErrorText(error: SysError, isCreating: boolean): string {
  if (error.errno === errno.ENOENT || error.errno === errno.ENOTDIR) {
    return isCreating ? 'Directory nonexistent' : 'No such file';
  }
  return error.message;
}

/** A descriptor from which a here-document's text is read. */
export function textDescriptor(text: string): number {
  if (text.length <= PIPE_BYTES) {
    const [reader, writer] = pipe2();
    writeAll(writer, text);
    close(writer);
    return reader;
  }
  const fd = memfdCreate('here-document');
  writeAll(fd, text);
  lseek(fd, 0, SEEK_SET);
  return fd;
}
