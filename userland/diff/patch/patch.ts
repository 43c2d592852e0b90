/** patch(1), GNU patch 2.7.6: applies a patch to files, one after the other. */
import { O_CLOEXEC, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { chmod, mkdir, tryStat } from '../../libc/stat.ts';
import { readText, stderr, stdout, Writer } from '../../libc/stdio.ts';
import { chdir, close, open, rename, rmdir, unlink } from '../../libc/unistd.ts';
import { dirname } from '../../coreutils/lib/path.ts';
import { backupName as numberedBackup } from '../../coreutils/lib/backup.ts';
import { quotef } from '../../coreutils/lib/quote.ts';
import { applyHunks, type Applied, decide } from './apply.ts';
import { ask } from './ask.ts';
import type { Hunk } from './hunk.ts';
import { chooseTarget, type Target } from './names.ts';
import { fatal, type PatchOptions, readOptions } from './options.ts';
import { type FilePatch, PatchError, PatchReader } from './reader.ts';
import { rejectHeader } from './reject.ts';

function readFile(path: string | undefined, complaint: string): string {
  const fd =
    path === undefined || path === '-' ? 0 : attempt(() => open(path, O_RDONLY | O_CLOEXEC), complaint);
  const text = readText(fd);
  if (fd !== 0) close(fd);
  return text;
}

function attempt<T>(action: () => T, complaint: string): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fatal(`${complaint} : ${error.message}`);
  }
}

function makeParents(path: string): void {
  const parent = dirname(path);
  if (parent === '.' || parent === '/' || tryStat(parent)) return;
  makeParents(parent);
  mkdir(parent);
}

function writeFile(path: string, text: string): void {
  makeParents(path);
  const fd = attempt(
    () => open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC),
    `Can't create file ${quotef(path)}`,
  );
  const writer = new Writer(fd, 'full');
  writer.write(text);
  writer.flush();
  close(fd);
}

class Patcher {
  readonly #options: PatchOptions;
  readonly #reader: PatchReader;
  /** Files of which this run has made a backup. */
  readonly #saved = new Set<string>();
  hasFailed = false;

  constructor(options: PatchOptions, reader: PatchReader) {
    this.#options = options;
    this.#reader = reader;
  }

  one(patch: FilePatch): void {
    const options = this.#options;
    const target = this.#target(patch);
    if (!target) {
      const { hunks } = this.#apply(patch, {
        input: [],
        isSkipped: true,
        isReversed: options.isReversed,
        fitsNowhere: true,
      });
      this.hasFailed = true;
      stdout.write(`${hunks} out of ${hunks} ${hunks === 1 ? 'hunk' : 'hunks'} ignored\n`);
      return;
    }
    const text = target.status ? readFile(target.name, `Can't open file ${quotef(target.name)}`) : '';
    let isReversed = options.isReversed;
    let isSkipped = false;
    const isEmpty = text === '';
    const creates = (isReversed ? patch.new : patch.old)?.isAbsent === true;
    const firstHunk = this.#peekCreates(patch, isReversed);
    let keepsRejects = true;
    if (!isEmpty && creates && firstHunk) {
      const which = isReversed ? ', when reversed,' : '';
      const decision = decide(
        `The next patch${which} would create the file ${quotef(target.name)},\nwhich already exists!`,
        isReversed,
        options,
      );
      isSkipped = decision.skips;
      keepsRejects = !decision.skips;
      if (decision.reverses) isReversed = !isReversed;
    }
    const say =
      options.output === '-' ? (line: string) => stderr.write(line) : (line: string) => stdout.write(line);
    if (!options.isSilent && !isSkipped) {
      const verb = options.isDryRun ? 'checking' : 'patching';
      const shown =
        options.output === undefined
          ? quotef(target.name)
          : `${quotef(options.output)} (read from ${quotef(target.name)})`;
      say(`${verb} file ${shown}\n`);
    }
    const applied = this.#apply(patch, {
      input: text === '' ? [] : text.match(/[^\n]*\n|[^\n]+$/g)!,
      isReversed,
      isSkipped,
      fitsNowhere: !isEmpty && creates && firstHunk && isReversed === options.isReversed,
    });
    if (!options.isDryRun && !applied.isSkipped) this.#save(patch, target, applied);
    this.#reportFailures(patch, target, applied, keepsRejects);
  }

  /** Hunks are read from the patch as they are needed. */
  *#hunks(patch: FilePatch): Generator<Hunk> {
    const first = this.#first;
    this.#first = undefined;
    if (first instanceof PatchError) throw first;
    if (first) yield first;
    for (;;) {
      const hunk = this.#reader.hunk(patch.format);
      if (!hunk) return;
      yield hunk;
    }
  }
  /** A hunk that was read ahead, or why it could not be. */
  #first: Hunk | PatchError | undefined;

  /** Whether the first hunk begins in a file without lines. */
  #peekCreates(patch: FilePatch, isReversed: boolean): boolean {
    try {
      this.#first = this.#reader.hunk(patch.format);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      this.#first = error;
      return false;
    }
    const first = isReversed ? this.#first?.newFirst : this.#first?.oldFirst;
    return first === 0;
  }

  #apply(
    patch: FilePatch,
    work: { input: readonly string[]; isReversed: boolean; isSkipped: boolean; fitsNowhere: boolean },
  ): Applied {
    return applyHunks({ ...work, hunks: this.#hunks(patch), format: patch.format }, this.#options);
  }

  #target(patch: FilePatch): Target | undefined {
    const options = this.#options;
    if (options.file !== undefined) return { name: options.file, status: tryStat(options.file) };
    const found = chooseTarget(patch, options.strip, options.isReversed);
    if (found) return found;
    stdout.write(`can't find file to patch at input line ${patch.firstLine}\n`);
    stdout.write(
      options.strip === undefined
        ? 'Perhaps you should have used the -p or --strip option?\n'
        : 'Perhaps you used the wrong -p or --strip option?\n',
    );
    const rule = '--------------------------\n';
    stdout.write(`The text leading up to this was:\n${rule}`);
    for (const line of patch.leading) stdout.write(`|${line}\n`);
    stdout.write(rule);
    if (options.isForced || options.isBatch) {
      stdout.write('No file to patch.  Skipping patch.\n');
      return undefined;
    }
    for (;;) {
      const name = ask('File to patch: ');
      if (name !== '') {
        const status = tryStat(name);
        if (status) return { name, status };
        stdout.write(`${name}: No such file or directory\n`);
      }
      if (!ask('Skip this patch? [y] ').startsWith('n')) {
        stdout.write('Skipping patch.\n');
        return undefined;
      }
    }
  }

  #backupName(name: string): string {
    const { prefix, basenamePrefix, suffix, isNumbered } = this.#options;
    if (isNumbered) return numberedBackup(name, { method: 'numbered', suffix }) ?? `${name}.~1~`;
    if (prefix === '' && basenamePrefix === '') return name + suffix;
    const slash = name.lastIndexOf('/') + 1;
    return prefix + name.slice(0, slash) + basenamePrefix + name.slice(slash);
  }

  #save(patch: FilePatch, target: Target, applied: Applied): void {
    const options = this.#options;
    const text = applied.lines.join('');
    if (options.output !== undefined) {
      if (options.output === '-') stdout.write(text);
      else writeFile(options.output, text);
      return;
    }
    const { name } = target;
    const after = applied.isReversed ? patch.old : patch.new;
    const isDeleted = after?.isAbsent === true && applied.failed === 0;
    const needsBackup = options.makesBackup || (options.backupIfMismatch && applied.isMismatch);
    if (needsBackup && !this.#saved.has(name)) {
      const backup = this.#backupName(name);
      makeParents(backup);
      if (target.status) rename(name, backup);
      else writeFile(backup, '');
    }
    this.#saved.add(name);
    if (text === '' && (isDeleted || options.removesEmpty)) {
      if (tryStat(name)) unlink(name);
      removeEmptyParents(name);
      return;
    }
    if (isDeleted && text !== '') {
      stdout.write(`Not deleting file ${quotef(name)} as content differs from patch\n`);
      this.hasFailed = true;
    }
    if (tryStat(name)) unlink(name);
    writeFile(name, text);
    const mode = patch.newMode ?? (target.status ? target.status.mode & 0o7777 : undefined);
    if (mode !== undefined) chmod(name, mode);
  }

  #reportFailures(patch: FilePatch, target: Target, applied: Applied, keepsRejects: boolean): void {
    if (applied.failed === 0) return;
    const options = this.#options;
    this.hasFailed = true;
    const { failed, hunks } = applied;
    const verb = applied.isSkipped ? 'ignored' : 'FAILED';
    stdout.write(`${failed} out of ${hunks} ${hunks === 1 ? 'hunk' : 'hunks'} ${verb}`);
    const file = options.rejects ?? `${options.output ?? target.name}.rej`;
    if (!keepsRejects || options.isDryRun || file === '-') {
      stdout.write('\n');
      return;
    }
    stdout.write(` -- saving rejects to file ${quotef(file)}\n`);
    writeFile(file, rejectHeader(patch, options.strip, applied.isReversed) + applied.rejects);
  }
}

/** Directories that a deleted file leaves empty go too. */
function removeEmptyParents(path: string): void {
  for (let parent = dirname(path); parent !== '.' && parent !== '/'; parent = dirname(parent)) {
    try {
      rmdir(parent);
    } catch (error) {
      if (error instanceof SysError) return;
      throw error;
    }
  }
}

export function patch(argv: string[]): number {
  const options = readOptions(argv);
  const { input, directory } = options;
  if (directory !== undefined)
    attempt(() => chdir(directory), `Can't change to directory ${quotef(directory)}`);
  const text = readFile(input, `Can't open patch file ${quotef(input ?? '')}`);
  const reader = new PatchReader(text, options.format, options.file !== undefined);
  const patcher = new Patcher(options, reader);
  let count = 0;
  try {
    for (let next = reader.next(); next; next = reader.next()) {
      count++;
      patcher.one(next);
    }
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    return fatal(error.message);
  }
  if (count === 0 && text !== '') return fatal('Only garbage was found in the patch input.');
  return patcher.hasFailed ? 1 : 0;
}
