/** ls(1): collects the files to list, directory by directory, and prints them. */
import { majorOf, minorOf } from '../../../kernel/abi/stat.ts';
import * as fs from '../../libc/stat.ts';
import { readdir } from '../../libc/dirent.ts';
import { fnmatch, FNM_PERIOD } from '../../libc/fnmatch.ts';
import { stdout } from '../../libc/stdio.ts';
import { warn } from '../../libc/stdlib.ts';
import { CLOCK_REALTIME, clockGettime, localtime, strftime } from '../../libc/time.ts';
import { readlink } from '../../libc/unistd.ts';
import { type Cell, displayWidth, layOut } from '../lib/columns.ts';
import { reason } from '../lib/errors.ts';
import { groupName, userName } from '../lib/owner.ts';
import { join } from '../lib/path.ts';
import { isUtf8Locale, quoteaf } from '../lib/quote.ts';
import { showSize } from '../lib/sizes.ts';
import { statusOf } from '../lib/tree.ts';
import { Colors, isColorWanted } from './color.ts';
import { type LsEntry, isDirectory, isLink, sortEntries, timeOf, typeBits } from './entry.ts';
import { entryIndicator, indicatorOf, needsAlignment, showName } from './names.ts';
import { type LsOptions, readOptions } from './options.ts';

class Listing {
  readonly options: LsOptions;
  readonly #colors: Colors | undefined;
  readonly #isUtf8 = isUtf8Locale();
  readonly #now = clockGettime(CLOCK_REALTIME);
  /** 0; 1: something inside was not readable; 2: an operand was not. */
  status = 0;
  #isFirstSection = true;

  constructor(options: LsOptions) {
    this.options = options;
    this.#colors = options.hasColor && isColorWanted() ? new Colors() : undefined;
  }

  #fail(message: string, status: 1 | 2): void {
    warn(message);
    this.status = Math.max(this.status, status);
  }

  /** Whether listing needs more than a name and the type that the directory tells. */
  get #needsStatus(): boolean {
    const { format, sort, showsBlocks, hasColor, indicator, dereference, directoriesFirst } = this.options;
    return (
      format === 'long' ||
      showsBlocks ||
      sort === 'size' ||
      sort === 'time' ||
      hasColor ||
      indicator === 'classify' ||
      dereference === 'all' ||
      directoriesFirst
    );
  }

  #operand(name: string): LsEntry | undefined {
    const { dereference } = this.options;
    try {
      let status: fs.FileStatus | undefined;
      if (dereference === 'operands' || dereference === 'all') status = statusOf(name, true);
      else if (dereference === 'operands-to-directories') {
        const target = fs.tryStat(name);
        if (target && fs.S_ISDIR(target.mode)) status = target;
      }
      return this.#describe(name, name, status ?? fs.lstat(name));
    } catch (error) {
      this.#fail(`cannot access ${quoteaf(name)}: ${reason(error)}`, 2);
      return undefined;
    }
  }

  #describe(name: string, path: string, status: fs.FileStatus): LsEntry {
    const { format, hasColor, indicator, directoriesFirst } = this.options;
    let target: string | undefined;
    let targetStatus: fs.FileStatus | undefined;
    if (
      fs.S_ISLNK(status.mode) &&
      (format === 'long' || hasColor || indicator !== 'none' || directoriesFirst)
    ) {
      try {
        target = readlink(path);
      } catch (error) {
        this.#fail(`cannot read symbolic link ${quoteaf(path)}: ${reason(error)}`, 1);
      }
      const isTraced = indicator === 'file-type' || indicator === 'classify' || directoriesFirst;
      if (isTraced || this.#colors?.tracesLinks(format === 'long')) targetStatus = fs.tryStat(path);
    }
    return { name, path, status, type: status.mode & fs.S_IFMT, ino: status.ino, target, targetStatus };
  }

  #isListed(name: string): boolean {
    const { shown, ignored, hidden } = this.options;
    if (shown === 'visible' && name.startsWith('.')) return false;
    if (shown === 'visible' && hidden.some(pattern => fnmatch(pattern, name, FNM_PERIOD))) return false;
    return !ignored.some(pattern => fnmatch(pattern, name, FNM_PERIOD));
  }

  #entries(directory: string): LsEntry[] | undefined {
    const { shown, dereference } = this.options;
    let names: { name: string; ino: number; type: number }[];
    try {
      names = readdir(directory);
    } catch (error) {
      this.#fail(`cannot open directory ${quoteaf(directory)}: ${reason(error)}`, 1);
      return undefined;
    }
    if (shown === 'all') names = [{ name: '.', ino: 0, type: 0 }, { name: '..', ino: 0, type: 0 }, ...names];
    const entries: LsEntry[] = [];
    for (const { name, ino, type } of names) {
      if (!this.#isListed(name)) continue;
      const path = directory === '.' && !this.options.isRecursive ? name : join(directory, name);
      const bits = typeBits(type);
      const isBare =
        !this.#needsStatus &&
        (bits !== 0 || (!this.options.isRecursive && this.options.indicator === 'none'));
      if (isBare && (ino !== 0 || !this.options.showsInode)) {
        entries.push({
          name,
          path,
          status: undefined,
          type: bits,
          ino,
          target: undefined,
          targetStatus: undefined,
        });
        continue;
      }
      try {
        entries.push(this.#describe(name, path, statusOf(path, dereference === 'all')));
      } catch (error) {
        this.#fail(`cannot access ${quoteaf(path)}: ${reason(error)}`, 1);
        entries.push({
          name,
          path,
          status: undefined,
          type: bits,
          ino,
          target: undefined,
          targetStatus: undefined,
        });
      }
    }
    return entries;
  }

  run(): void {
    const { operands, isDirectoryItself, isRecursive } = this.options;
    const names = operands.length > 0 ? operands : ['.'];
    const found = names.map(name => this.#operand(name)).filter(entry => entry !== undefined);
    sortEntries(found, this.options);
    const files = found.filter(entry => isDirectoryItself || !isDirectory(entry));
    const directories = found.filter(entry => !files.includes(entry));
    if (files.length > 0) {
      this.#print(files, found);
      this.#isFirstSection = false;
    }
    const hasHeading = names.length > 1 || isRecursive;
    for (const directory of directories) this.#directory(directory.name, hasHeading, []);
  }

  #directory(path: string, hasHeading: boolean, ancestors: readonly fs.FileStatus[]): void {
    const { isRecursive, end } = this.options;
    let inside = ancestors;
    if (isRecursive) {
      const own = fs.tryStat(path);
      if (own && ancestors.some(a => a.dev === own.dev && a.ino === own.ino)) {
        this.#fail(`${path}: not listing already-listed directory`, 2);
        return;
      }
      if (own) inside = [...ancestors, own];
    }
    const entries = this.#entries(path);
    if (!entries) return;
    if (!this.#isFirstSection) stdout.write(end);
    this.#isFirstSection = false;
    if (hasHeading) stdout.write(`${showName(path, this.options)}:${end}`);
    sortEntries(entries, this.options);
    if (this.options.format === 'long' || this.options.showsBlocks) {
      let blocks = 0;
      for (const entry of entries) blocks += entry.status?.blocks ?? 0;
      stdout.write(`total ${showSize(blocks * 512, this.options.blockFormat)}${end}`);
    }
    this.#print(entries);
    if (!isRecursive) return;
    for (const entry of entries) {
      if (isDirectory(entry) && entry.name !== '.' && entry.name !== '..') {
        this.#directory(join(path, entry.name), true, inside);
      }
    }
  }

  /** `measured`: the entries whose widths count; operands that are directories do too. */
  #print(entries: readonly LsEntry[], measured: readonly LsEntry[] = entries): void {
    const { format, width, tab, end } = this.options;
    const names = entries.map(entry => showName(entry.name, this.options));
    const isAligned = needsAlignment(names, this.options);
    const blank = (name: string) => (isAligned && !/^['"]/.test(name) ? ' ' : '');
    if (format === 'long') {
      this.#printLong(entries, measured, names.map(blank), names);
      return;
    }
    const prefixes = this.#prefixes(entries, measured);
    const cells = entries.map((entry, i): Cell => {
      const prefix = prefixes[i]!;
      const indicator = entryIndicator(entry, this.options);
      const shown = names[i]!;
      const cellWidth =
        prefix.length + blank(shown).length + displayWidth(shown, this.#isUtf8) + indicator.length;
      const painted = () => (this.#colors ? this.#colors.paint(entry, shown, prefix.length, 0) : shown);
      return { text: () => prefix + blank(shown) + painted() + indicator, width: cellWidth };
    });
    if (format === 'single') for (const cell of cells) stdout.write(cell.text() + end);
    else if (format === 'commas') this.#printCommas(cells);
    else stdout.write(layOut(cells, width, format === 'vertical' ? 'down' : 'across', tab));
  }

  #printCommas(cells: readonly Cell[]): void {
    let column = 0;
    let out = '';
    cells.forEach((cell, i) => {
      if (i > 0) {
        const fits = this.options.width === 0 || column + 2 + cell.width < this.options.width;
        out += fits ? ', ' : ',\n';
        column = fits ? column + 2 : 0;
      }
      out += cell.text();
      column += cell.width;
    });
    if (cells.length > 0) stdout.write(out + this.options.end);
  }

  /** Inode numbers and blocks in front of names; their columns have one width unless names stand in -m. */
  #prefixes(entries: readonly LsEntry[], measured: readonly LsEntry[]): string[] {
    const { showsInode, showsBlocks, blockFormat, format } = this.options;
    if (!showsInode && !showsBlocks) return entries.map(() => '');
    const inode = (entry: LsEntry) => (entry.ino === 0 ? '?' : String(entry.ino));
    const blocks = (entry: LsEntry) =>
      entry.status ? showSize(entry.status.blocks * 512, blockFormat) : '?';
    const widest = (show: (entry: LsEntry) => string) =>
      format === 'commas' ? 0 : Math.max(0, ...measured.map(entry => show(entry).length));
    const [inodeWidth, blockWidth] = [widest(inode), widest(blocks)];
    return entries.map(
      entry =>
        (showsInode ? inode(entry).padStart(inodeWidth) + ' ' : '') +
        (showsBlocks ? blocks(entry).padStart(blockWidth) + ' ' : ''),
    );
  }

  #printLong(
    entries: readonly LsEntry[],
    measured: readonly LsEntry[],
    blanks: readonly string[],
    names: readonly string[],
  ): void {
    const { options } = this;
    const prefixes = this.#prefixes(entries, measured);
    const id = (n: number, name: (id: number) => string) => (options.isNumeric ? String(n) : name(n));
    const links = (entry: LsEntry) => (entry.status ? String(entry.status.nlink) : '?');
    const owner = (entry: LsEntry) => (entry.status ? id(entry.status.uid, userName) : '?');
    const group = (entry: LsEntry) => (entry.status ? id(entry.status.gid, groupName) : '?');
    const widest = (texts: readonly string[]) =>
      Math.max(0, ...texts.map(text => displayWidth(text, this.#isUtf8)));
    const isDevice = (entry: LsEntry) =>
      entry.status !== undefined && (fs.S_ISCHR(entry.status.mode) || fs.S_ISBLK(entry.status.mode));
    const devices = measured.filter(isDevice).map(entry => entry.status!.rdev);
    const majorWidth = widest(devices.map(rdev => String(majorOf(rdev))));
    const minorWidth = widest(devices.map(rdev => String(minorOf(rdev))));
    const size = (entry: LsEntry) => {
      if (!entry.status) return '?';
      if (!isDevice(entry)) return showSize(entry.status.size, options.sizeFormat);
      const { rdev } = entry.status;
      return `${String(majorOf(rdev)).padStart(majorWidth)}, ${String(minorOf(rdev)).padStart(minorWidth)}`;
    };
    const linkWidth = widest(measured.map(links));
    const ownerWidth = widest(measured.map(owner));
    const groupWidth = widest(measured.map(group));
    const sizeWidth = widest(measured.map(size));
    const pad = (text: string, width: number) =>
      options.isNumeric
        ? text.padStart(width)
        : text + ' '.repeat(Math.max(0, width - displayWidth(text, this.#isUtf8)));
    const times = entries.map(entry => this.#time(entry));
    const timeWidth = Math.max(0, ...times.map(text => text.length));
    entries.forEach((entry, i) => {
      const mode = entry.status
        ? fs.modeString(entry.status.mode)
        : `${fs.modeString(entry.type)[0]}?????????`;
      let line = `${prefixes[i]}${mode} ${links(entry).padStart(linkWidth)} `;
      if (options.showsOwner) line += pad(owner(entry), ownerWidth) + ' ';
      if (options.showsGroup) line += pad(group(entry), groupWidth) + ' ';
      if (options.showsAuthor) line += pad(owner(entry), ownerWidth) + ' ';
      line += `${size(entry).padStart(sizeWidth)} ${times[i]!.padStart(entry.status ? 0 : timeWidth)} ${blanks[i]}`;
      const name = names[i]!;
      let out = line + (this.#colors ? this.#colors.paint(entry, name, line.length, options.width) : name);
      if (entry.target !== undefined && isLink(entry)) {
        const target = showName(entry.target, options);
        out += ' -> ' + (this.#colors ? this.#colors.paintTarget(entry, target) : target);
        if (entry.targetStatus) out += indicatorOf(entry.targetStatus.mode, options);
      } else out += entryIndicator(entry, options);
      stdout.write(out + options.end);
    });
  }

  #time(entry: LsEntry): string {
    const time = timeOf(entry, this.options);
    if (!time) return '?';
    // Six months back to now counts as recent.
    const age = this.#now.sec - time.sec;
    const isFuture = time.sec > this.#now.sec || (time.sec === this.#now.sec && time.nsec > this.#now.nsec);
    const [recent, older] = this.options.timeFormats;
    return strftime(!isFuture && age < 31556952 / 2 ? recent : older, localtime(time.sec), time.nsec);
  }
}

export function main(argv: string[]): number {
  const listing = new Listing(readOptions(argv));
  listing.run();
  return listing.status;
}
