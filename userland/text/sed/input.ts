/** The lines that sed works on, over all its files, with the look-ahead that `$` needs; and editing in place. */
import { close, fchown, open, rename } from '../../libc/unistd.ts';
import { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { fchmod, fstat, S_ISDIR, S_ISREG } from '../../libc/stat.ts';
import { warn } from '../../libc/stdlib.ts';
import { LineReader } from '../../libc/stdio.ts';
import { Output } from './output.ts';
import { ScriptError } from './script.ts';

export interface InputOptions {
  readonly delimiter: string;
  readonly isSeparate: boolean;
  /** undefined: not in place; '': without backup. */
  readonly inPlace: string | undefined;
  readonly isUnbuffered: boolean;
}

interface Line {
  readonly text: string;
  readonly hadDelimiter: boolean;
}

export class Input {
  /** Name of the file that the current line came from. */
  name = '-';
  lineNumber = 0;
  status = 0;
  /** Where the pattern space is printed: the file's new version when editing in place. */
  output: Output;
  private readonly files: readonly string[];
  private readonly options: InputOptions;
  private readonly stdout: Output;
  private next = 0;
  private reader: LineReader | undefined;
  private openName = '-';
  private ahead: Line | undefined;
  private temporary: { path: string; target: string; fd: number } | undefined;

  constructor(files: readonly string[], options: InputOptions, stdout: Output) {
    this.files = files.length === 0 ? ['-'] : files;
    this.options = options;
    this.stdout = stdout;
    this.output = stdout;
  }

  /** The next line of this file, or of the next one; undefined at the very end. */
  read(): Line | undefined {
    for (;;) {
      if (!this.reader && !this.openNext()) return undefined;
      const line = this.peek();
      if (line) {
        this.ahead = undefined;
        this.lineNumber++;
        this.name = this.openName;
        return line;
      }
      this.closeFile();
    }
  }

  /** Is the current line the last one: of the input, or of its file if files are separate? */
  isLast(): boolean {
    if (this.reader && this.peek()) return false;
    if (this.isSplit) return true;
    while (this.openNext()) {
      if (this.peek()) return false;
      this.closeReader();
    }
    return true;
  }

  /** Is there nothing to read any more? Unlike isLast it looks into the next file even if files are separate. */
  isAtEnd(): boolean {
    if (this.reader && this.peek()) return false;
    if (!this.isSplit) return this.isLast();
    return this.next >= this.files.length;
  }

  private get isSplit(): boolean {
    return this.options.isSeparate || this.options.inPlace !== undefined;
  }

  private peek(): Line | undefined {
    if (this.ahead) return this.ahead;
    const text = this.reader?.next();
    if (text === undefined) return undefined;
    return (this.ahead = { text, hadDelimiter: this.reader!.hadDelimiter });
  }

  private openNext(): boolean {
    this.closeFile();
    while (this.next < this.files.length) {
      const name = this.files[this.next++]!;
      try {
        this.openFile(name);
        return true;
      } catch (error) {
        if (error instanceof Skip) continue;
        if (!(error instanceof SysError)) throw error;
        warn(`can't read ${name}: ${error.message}`);
        this.status = 2;
      }
    }
    return false;
  }

  private openFile(name: string): void {
    const { inPlace } = this.options;
    this.openName = name;
    const bufferBytes = this.options.isUnbuffered ? 1 : undefined;
    const reader = (fd: number): LineReader =>
      new LineReader(fd, { delimiter: this.options.delimiter, ...(bufferBytes ? { bufferBytes } : {}) });
    if (name === '-' && inPlace === undefined) {
      this.reader = reader(0);
      return;
    }
    const fd = open(name, O_RDONLY);
    const status = fstat(fd);
    if (S_ISDIR(status.mode)) {
      close(fd);
      if (inPlace === undefined) throw new ScriptError(`read error on ${name}: Is a directory`, 4);
      warn(`couldn't edit ${name}: not a regular file`);
      this.status = 4;
      throw new Skip();
    }
    if (inPlace !== undefined) {
      if (!S_ISREG(status.mode)) {
        close(fd);
        warn(`couldn't edit ${name}: not a regular file`);
        this.status = 4;
        throw new Skip();
      }
      const directory = name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : './';
      this.temporary = createTemporary(directory, name);
      fchmod(this.temporary.fd, status.mode & 0o7777);
      try {
        fchown(this.temporary.fd, status.uid, status.gid);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
      }
      this.output = new Output(this.temporary.fd);
    }
    if (this.isSplit)
      this.lineNumber = inPlace !== undefined || this.options.isSeparate ? 0 : this.lineNumber;
    this.reader = reader(fd);
  }

  private closeReader(): void {
    if (this.reader && this.reader.fd !== 0) close(this.reader.fd);
    this.reader = undefined;
  }

  /** Ends the current file; an edited one takes the place of the old. */
  closeFile(): void {
    this.closeReader();
    if (!this.temporary) return;
    const { path, target, fd } = this.temporary;
    this.temporary = undefined;
    this.output.flush();
    close(fd);
    this.output = this.stdout;
    const suffix = this.options.inPlace!;
    if (suffix !== '') rename(target, backupName(target, suffix));
    rename(path, target);
  }

  /** Copies the rest of a file that is edited in place: q leaves it as it is. */
  finishInPlace(): void {
    if (this.temporary) {
      for (let line = this.peek(); line; line = this.peek()) {
        this.ahead = undefined;
        this.output.line(line.text, line.hadDelimiter ? this.options.delimiter : '');
      }
    }
    this.closeFile();
  }
}

/** A file that cannot be used and has been complained about. */
class Skip {}

function createTemporary(directory: string, target: string): { path: string; target: string; fd: number } {
  for (let attempt = 0; ; attempt++) {
    const path = `${directory}sed${(attempt + target.length * 7919).toString(36).padStart(6, 'A')}`;
    try {
      return { path, target, fd: open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600) };
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== 'EEXIST' || attempt > 100) throw error;
    }
  }
}

function backupName(name: string, suffix: string): string {
  const slash = name.lastIndexOf('/') + 1;
  const base = name.slice(slash);
  const made = suffix.includes('*') ? suffix.replaceAll('*', base) : base + suffix;
  return made.includes('/') ? made : name.slice(0, slash) + made;
}
