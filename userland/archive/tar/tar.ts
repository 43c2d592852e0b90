/** tar(1): create, extract, list, compare and extend archives. Options, formats and messages of GNU tar 1.34. */
import type { Main } from '../../libc/start.ts';
import { monotonicSeconds } from '../../libc/time.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { SEEK_SET, ftruncate, lseek } from '../../libc/unistd.ts';
import { Comparer } from './compare.ts';
import { Creator } from './create.ts';
import { type Entry, TYPE } from './entry.ts';
import { Extractor } from './extract.ts';
import { type ArchiveOutput, PlainOutput, openForUpdate, openOutput, openSource } from './filter.ts';
import { Lister } from './list.ts';
import { ruledName } from './names.ts';
import { type TarOptions, readOptions } from './options.ts';
import { Selection } from './patterns.ts';
import { quote } from './quote.ts';
import { ArchiveReader } from './reader.ts';
import { error, fatal, finalStatus, misused } from './report.ts';
import { FdSource } from '../gzip/source.ts';
import { ArchiveWriter } from './writer.ts';

function showTotal(options: TarOptions, what: string, bytes: number, startSeconds: number): void {
  if (!options.showsTotals) return;
  const rate = bytes / Math.max(1e-6, monotonicSeconds() - startSeconds);
  stderr.write(`Total bytes ${what}: ${bytes} (${scaled(bytes)}, ${scaled(rate)}/s)\n`);
}

function scaled(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${value < 10 && unit > 0 ? value.toFixed(1).replace('.0', '') : Math.round(value)}${UNITS[unit]}`;
}
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function create(options: TarOptions, lister: Lister): void {
  if (options.operands.length === 0) misused('Cowardly refusing to create an empty archive');
  const begun = monotonicSeconds();
  const output = openOutput(options.archive, options.compressor);
  const say = options.archive === '-' ? stderr : stdout;
  const writer = new ArchiveWriter(output, options);
  new Creator(options, writer, output, lister, line => say.write(`${line}\n`)).addAll();
  writer.end();
  output.close();
  showTotal(options, 'written', writer.total, begun);
}

/** -r and -u: new members take the place of the end of the archive. */
function extend(options: TarOptions, lister: Lister): void {
  const begun = monotonicSeconds();
  const fd = openForUpdate(options.archive, options.compressor);
  const reader = new ArchiveReader(new FdSource(fd));
  const known = options.mode === 'u' ? new Map<string, number>() : undefined;
  for (let entry = reader.next(); entry; entry = reader.next()) known?.set(entry.name, entry.mtime.sec);
  if (reader.isForeign) fatal('Not a tar archive; not changed');
  const start = reader.endOffset;
  lseek(fd, start, SEEK_SET);
  const output: ArchiveOutput = new PlainOutput(fd, options.archive);
  const writer = new ArchiveWriter(output, options);
  new Creator(options, writer, output, lister, line => stdout.write(`${line}\n`), known).addAll();
  writer.end(start);
  ftruncate(fd, start + writer.total);
  output.close();
  showTotal(options, 'written', writer.total, begun);
}

type Visit = (entry: Entry, name: string, linkName: string, directory: number) => void;

/** Goes through an archive and gives each member that was asked for to `visit`, by the name it is to have. */
function read(options: TarOptions, reader: ArchiveReader, visit: Visit): void {
  const selection = new Selection();
  for (const { name, style, isRecursive, directory } of options.operands) {
    selection.add(name, style, isRecursive, directory);
  }
  const { directories, exclusions } = options;
  for (let entry = reader.next(); entry; entry = reader.next()) {
    // Chosen by the name in the archive, with or without the slash in front.
    const bare = entry.name.replace(/^\/+/, '');
    const directory = selection.find(entry.name, directories.last) ?? selection.find(bare, directories.last);
    if (directory === undefined) continue;
    const name = ruledName(entry.name, { ...options, strip: 0 }, 'regular');
    if (exclusions.has(name)) continue;
    const kind = entry.type === TYPE.symlink ? 'symlink' : 'hardlink';
    const linkName = entry.linkName === '' ? '' : ruledName(entry.linkName, { ...options, strip: kind === 'hardlink' ? options.strip : 0 }, kind); // prettier-ignore
    visit(entry, name, linkName, directory);
  }
  for (const name of selection.missing()) error(`${quote(name)}: Not found in archive`);
}

function listOrExtract(options: TarOptions, lister: Lister): void {
  const source = openSource(options.archive, options.compressor);
  const reader = new ArchiveReader(source, options.ignoresZeros);
  const isListing = options.mode === 't';
  const say = options.toStdout ? stderr : stdout;
  const show = (entry: Entry, name: string, linkName: string, isLong: boolean): void => {
    const shown = options.showsTransformed ? name : entry.name;
    const target = options.showsTransformed ? linkName : entry.linkName;
    say.write(`${isLong ? lister.line(entry, shown, target) : quote(shown)}\n`);
  };
  const extractor = options.mode === 'x' ? new Extractor(options, reader) : undefined;
  const comparer = options.mode === 'd' ? new Comparer(reader, line => stdout.write(`${line}\n`)) : undefined;
  read(options, reader, (entry, ruled, linkName, directory) => {
    const stripped = ruledName(
      ruled,
      { keepsLeading: true, transforms: [], strip: options.strip },
      'regular',
    );
    const name = placed(options, stripped);
    if (name === '' || stripped === '') return;
    if (isListing) return show(entry, name, linkName, options.verbosity > 0);
    options.directories.enter(directory);
    if (options.verbosity > 0) show(entry, name, linkName, options.verbosity > 1);
    comparer?.compare(entry, name, linkName);
    extractor?.extract(entry, name, linkName, directory);
  });
  extractor?.finish();
  source.close();
}

/** --one-top-level: below a directory that is named after the archive. */
function placed(options: TarOptions, name: string): string {
  if (options.topLevel === undefined || name === '') return name;
  const base = options.archive.slice(options.archive.lastIndexOf('/') + 1);
  const top = options.topLevel || base.replace(/\.(tar(\.[a-zA-Z0-9]+)?|t[a-z0-9]{2,3})$/, '');
  if (name === top || name.startsWith(`${top}/`)) return name;
  return name === '.' || name === './' ? top : `${top}/${name.replace(/^\.\//, '')}`;
}

export const tar: Main = argv => {
  const options = readOptions(argv);
  const lister = new Lister(options);
  if (options.mode === '') {
    misused("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options");
  } else if (options.mode === 'c') create(options, lister);
  else if (options.mode === 'r' || options.mode === 'u') extend(options, lister);
  else listOrExtract(options, lister);
  stdout.flush();
  return finalStatus();
};
