/**
 * Binary formats: from the file that exec was given to the program that will run. Linux counterpart: fs/exec.c
 * (search_binary_handler), fs/binfmt_script.c; execve(2).
 *
 * `#!native` is a native program: its whole content must be that of a program which the embedder trusts. Any other
 * `#!` names an interpreter, which may be a script itself, five deep. An ELF file is for the machine's processor; its
 * rules are in elf-program.ts. Everything else is ENOEXEC.
 */
import type { File } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import type { ElfProgram } from './elf-program.ts';
import type { Task } from './task.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { ELOOP, ENOENT, ENOEXEC } from '../abi/errno.ts';
import { Errno, WOULD_BLOCK, fail } from '../errors.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { isElf } from './elf-file.ts';
import { openInterpreter, readElfProgram } from './elf-program.ts';

/** So much of a file is looked at to find out what it is. */
const HEAD_SIZE = 256;
const MAX_SCRIPT_DEPTH = 5;
/** A native program's bundle is no larger. */
const MAX_NATIVE_SIZE = 64 << 20;
const NATIVE_LINE = '#!native';

interface ImageFacts {
  /** The file that runs: the interpreter, if it began with a script. One reference, the caller's. */
  readonly file: File;
  readonly argv: readonly string[];
}

export interface NativeImage extends ImageFacts {
  readonly kind: 'native';
  readonly program: number;
}

export interface ElfImage extends ImageFacts {
  readonly kind: 'elf';
  readonly program: ElfProgram;
}

/** What is to run. `releaseImage` when it is loaded, or not wanted any more. */
export type Image = NativeImage | ElfImage;

export interface ScriptLine {
  readonly interpreter: string;
  /** All that follows, as one argument. */
  readonly argument: string | undefined;
}

/**
 * Finds out what to run. Takes over the caller's reference to `file`, whatever happens. `name` is how a script is
 * called by its interpreter; undefined: there will be no such name (a close-on-exec descriptor).
 */
export function loadImage(task: Task, file: File, name: string | undefined, argv: readonly string[]): Image {
  const { vfs } = task.kernel;
  let current = file;
  let args = [...argv];
  let scriptName = name;
  for (let depth = 0; ; depth++) {
    let next: File;
    let hasElf = false;
    try {
      if (depth > MAX_SCRIPT_DEPTH) fail(ELOOP, 'exec: scripts nested too deep');
      const bytes = readHead(current);
      if (isElf(bytes)) {
        requireProcessor(task);
        hasElf = true;
        return { kind: 'elf', file: current, program: readElfProgram(task, current, bytes), argv: args };
      }
      const head = fromBytes(bytes);
      if (isNative(head)) {
        return { kind: 'native', file: current, program: identify(task, current), argv: args };
      }
      const line = parseScriptLine(head);
      if (line === undefined) return fail(ENOEXEC, 'exec: unknown format');
      if (scriptName === undefined) return fail(ENOENT, 'exec: script on a close-on-exec descriptor');
      const rest = args.slice(1);
      args = [line.interpreter, ...(line.argument === undefined ? [] : [line.argument]), scriptName, ...rest];
      next = openInterpreter(task, line.interpreter);
      scriptName = line.interpreter;
    } catch (error) {
      if (hasElf && error instanceof Errno) reportElf(task, current, error);
      vfs.put(current);
      throw error;
    }
    vfs.put(current);
    current = next;
  }
}

export function releaseImage({ vfs }: Kernel, image: Image): void {
  if (image.kind === 'elf' && image.program.interpreter !== undefined)
    vfs.put(image.program.interpreter.file);
  vfs.put(image.file);
}

/** Why an ELF file does not run: who tries to sees a number only. */
function reportElf(task: Task, { path }: File, error: Errno): void {
  task.kernel.log.limited(
    `${task.comm}[${task.tid}]: cannot execute ${path.dentry.name}: ${error.toString()}`,
  );
}

/** Without a processor an ELF file is of no known format. Said once. */
function requireProcessor({ kernel }: Task): void {
  if (kernel.machine.processor !== undefined) return;
  if (!kernel.tasks.isProcessorMissed) {
    kernel.log.warning('exec: this machine has no processor for x86-64 programs (ELF files)');
    kernel.tasks.isProcessorMissed = true;
  }
  fail(ENOEXEC, 'exec: no processor for ELF files');
}

/**
 * The first line of a script; undefined if the head is none. Rules of binfmt_script, oddities included: a file that
 * ends before the first newline goes on with zero bytes, and such a byte ends names and arguments but not the line.
 */
export function parseScriptLine(head: string): ScriptLine | undefined {
  if (!head.startsWith('#!')) return undefined;
  const line = head.padEnd(HEAD_SIZE, '\0').slice(2, HEAD_SIZE);
  const newline = cString(line).indexOf('\n');
  const start = line.search(/[^ \t]/);
  // A line that goes on past what was read must at least have the whole name there.
  if (newline < 0 && (start < 0 || !/[ \t\0]/.test(line.slice(start)))) {
    fail(ENOEXEC, 'exec: interpreter name is cut off');
  }
  let text = line.slice(0, newline < 0 ? -1 : newline);
  text = text.replace(/[ \t]+$/, '').replace(/^[ \t]+/, '');
  if (text === '') fail(ENOEXEC, 'exec: no interpreter after #!');
  const end = text.search(/[ \t\0]/);
  if (end < 0) return { interpreter: text, argument: undefined };
  const argument = text[end] === '\0' ? '' : cString(text.slice(end).replace(/^[ \t]+/, ''));
  return { interpreter: text.slice(0, end), argument: argument === '' ? undefined : argument };
}

/** What C makes of bytes: it ends at the first NUL. */
function cString(bytes: string): string {
  const end = bytes.indexOf('\0');
  return end < 0 ? bytes : bytes.slice(0, end);
}

function isNative(head: string): boolean {
  return (
    head.startsWith(NATIVE_LINE) &&
    (head.length === NATIVE_LINE.length || /^[\s]/.test(head[NATIVE_LINE.length]!))
  );
}

function readHead(file: File): Uint8Array {
  const bytes = new Uint8Array(HEAD_SIZE);
  const length = file.read(IoBuffer.of(bytes), 0);
  return bytes.subarray(0, length === WOULD_BLOCK ? 0 : length);
}

/** Which trusted program the file is; ENOEXEC if it is none. Remembered until the file changes. */
function identify(task: Task, file: File): number {
  const { inode } = file;
  const { programs } = task.kernel.tasks;
  const { size, version } = inode;
  let known = programs.get(inode);
  if (known === undefined || known.version !== version || known.size !== size) {
    known = { version, size, program: hash(task, file, size) };
    programs.set(inode, known);
  }
  return known.program ?? fail(ENOEXEC, 'exec: not a trusted native program');
}

function hash(task: Task, file: File, size: number): number | undefined {
  if (size > MAX_NATIVE_SIZE) return undefined;
  // A private copy: what is hashed is exactly what was read, whatever the guest does to the file meanwhile.
  const bytes = new Uint8Array(size);
  const buffer = IoBuffer.of(bytes);
  while (buffer.remaining > 0) if (file.read(buffer, buffer.transferred) <= 0) return undefined;
  return task.kernel.machine.programs.identify([bytes]);
}
