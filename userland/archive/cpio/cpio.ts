/** cpio(1): -o creates, -i extracts or lists (-t), -p copies trees. Formats newc, crc and odc; the default is newc. */
import { O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../../kernel/abi/fcntl.ts';
import { fnmatch } from '../../libc/fnmatch.ts';
import { type Options, parse, usageError } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { groupById, userById } from '../../libc/pwd.ts';
import { S_IFBLK, S_IFCHR, S_IFMT, S_ISLNK, S_ISREG, lstat, modeString } from '../../libc/stat.ts';
import type { Main } from '../../libc/start.ts';
import { fail, warn } from '../../libc/stdlib.ts';
import { LineReader, stderr, stdout } from '../../libc/stdio.ts';
import { breakDown, clockGettime, CLOCK_REALTIME, localZone, strftime } from '../../libc/time.ts';
import { chdir, close, open, readlink } from '../../libc/unistd.ts';
import { FdSource } from '../gzip/source.ts';
import { CpioCreator } from './create.ts';
import { type Content, CpioExtractor } from './extract.ts';
import type { CpioFormat, CpioHeader } from './format.ts';
import { CpioError, CpioReader } from './reader.ts';
import { fromBytes } from '../../../kernel/abi/byte-string.ts';

const usage = `Usage: cpio [OPTION...] [destination-directory]
Copy files into and out of archives.

  cpio -o < name-list [> archive]     create: names of files on standard input
  cpio -i [pattern...] [< archive]    extract; with -t list
  cpio -p destination-directory < name-list

  -0, --null                 names end with NUL
  -d, --make-directories     create leading directories where needed
  -D, --directory=DIR        change to directory DIR
  -f, --nonmatching          only copy files that do not match the patterns
  -F, --file=FILE            use FILE instead of standard input or output; -I, -O likewise
  -H, --format=FORMAT        newc, crc, odc
  -L, --dereference          follow symbolic links
  -m, --preserve-modification-time
  -t, --list                 print a table of contents
  -u, --unconditional        replace all files
  -v, --verbose              list the files; with -t in long form
      --no-preserve-owner  --no-absolute-filenames  --quiet
`;
const SHORT = 'oiptvdmufF:H:LD:0O:I:cBVS';
const LONG = {
  create: 'o', extract: 'i', 'pass-through': 'p', list: 't', verbose: 'v', 'make-directories': 'd', file: 'F',
  'preserve-modification-time': 'm', unconditional: 'u', nonmatching: 'f', format: 'H', dereference: 'L',
  directory: 'D', null: '0', quiet: 'quiet', 'no-preserve-owner': 'no-owner', 'no-absolute-filenames': 'no-absolute',
  'absolute-filenames': 'absolute',
}; // prettier-ignore

const BLOCK = 512;

function tellBlocks(options: Options, bytes: number): void {
  const blocks = Math.ceil(bytes / BLOCK);
  if (!options.has('quiet')) stderr.write(`${blocks} block${blocks === 1 ? '' : 's'}\n`);
}

function openArchive(path: string, flags: number): number {
  try {
    return open(path, flags);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(2, `Cannot open ${path}: ${error.message}`);
  }
}

function names(options: Options): LineReader {
  return new LineReader(0, { delimiter: options.has('0') ? '\0' : '\n' });
}

function create(options: Options): number {
  const path = options.value('F', 'O');
  const format = options.has('c') ? 'odc' : (options.value('H') ?? 'newc');
  if (!['newc', 'crc', 'odc'].includes(format))
    fail(2, `invalid archive format '${format}'; valid formats are: crc newc odc`);
  const fd = path === undefined ? 1 : openArchive(path, O_WRONLY | O_CREAT | O_TRUNC);
  const creator = new CpioCreator(fd, format as CpioFormat, options.has('L'));
  const list = names(options);
  for (let name = list.next(); name !== undefined; name = list.next()) {
    if (name !== '' && creator.add(name) && options.has('v')) stderr.write(`${name}\n`);
  }
  creator.end();
  tellBlocks(options, creator.blocks * BLOCK);
  return creator.status;
}

function longLine(header: CpioHeader, target: string): string {
  const { mode, nlink, uid, gid, size, mtime, rdev, name } = header;
  const isDevice = (mode & S_IFMT) === S_IFCHR || (mode & S_IFMT) === S_IFBLK;
  const length = isDevice ? `${(rdev >>> 8) & 0xfff}, ${rdev & 0xff}` : String(size);
  const when = breakDown(mtime, localZone());
  const age = clockGettime(CLOCK_REALTIME).sec - mtime;
  const time = strftime(age > 15_778_476 || age < 0 ? '%b %e  %Y' : '%b %e %H:%M', when);
  const user = (userById(uid)?.name ?? String(uid)).padEnd(8);
  const group = (groupById(gid)?.name ?? String(gid)).padEnd(8);
  const link = target === '' ? '' : ` -> ${target}`;
  return `${modeString(mode)} ${String(nlink).padStart(3)} ${user} ${group} ${length.padStart(8)} ${time} ${name}${link}\n`;
}

/** Without its leading slashes and «..»: archives are not to write outside. */
function safeName(options: Options, name: string): string {
  if (options.has('absolute')) return name;
  const safe = name.replace(/^.*(?:^|\/)\.\.(?=\/|$)/, '').replace(/^\/+/, '') || '.';
  if (safe !== name && !told) {
    told = true;
    warn(`Removing leading \`${name.slice(0, name.length - safe.length)}' from member names`);
  }
  return safe;
}
let told = false;

function extractorOf(options: Options): CpioExtractor {
  return new CpioExtractor({
    makesDirectories: options.has('d'),
    keepsTimes: options.has('m'),
    isUnconditional: options.has('u'),
    keepsOwner: options.has('no-owner') ? false : undefined,
  });
}

function extract(options: Options): number {
  const path = options.value('F', 'I');
  const reader = new CpioReader(new FdSource(path === undefined ? 0 : openArchive(path, O_RDONLY)));
  const extractor = extractorOf(options);
  const patterns = options.operands;
  const isListing = options.has('t');
  try {
    for (let header = reader.next(); header; header = reader.next()) {
      const { name } = header;
      const isMatching = patterns.length === 0 || patterns.some(pattern => fnmatch(pattern, name));
      if (isMatching === options.has('f') && patterns.length > 0) continue;
      if (isListing) {
        const target = options.has('v') && S_ISLNK(header.mode) ? reader.text() : '';
        stdout.write(options.has('v') ? longLine(header, target) : `${name}\n`);
        continue;
      }
      extractor.extract(header, safeName(options, name), reader);
      if (options.has('v')) stderr.write(`${name}\n`);
    }
  } catch (error) {
    if (!(error instanceof CpioError)) throw error;
    stdout.flush();
    warn(error.message);
    return 2;
  }
  extractor.finish();
  stdout.flush();
  tellBlocks(options, reader.position);
  return extractor.status;
}

/** The content of a file, as a member's. */
class FileContent implements Content {
  readonly #path: string;
  copied = 0;
  constructor(path: string) {
    this.#path = path;
  }
  data(use: (bytes: Uint8Array) => void): void {
    const fd = open(this.#path, O_RDONLY);
    try {
      const source = new FdSource(fd);
      for (let bytes = source.next(); bytes; bytes = source.next()) {
        this.copied += bytes.length;
        use(bytes);
      }
    } finally {
      close(fd);
    }
  }
  text(): string {
    if (S_ISLNK(lstat(this.#path).mode)) return readlink(this.#path);
    let text = '';
    this.data(bytes => (text += fromBytes(bytes)));
    return text;
  }
}

function pass(options: Options): number {
  const destination = options.operands[0];
  if (destination === undefined || options.operands.length > 1)
    usageError('cpio', 'Must specify one directory', 2);
  const extractor = extractorOf(options);
  const list = names(options);
  let copied = 0;
  for (let name = list.next(); name !== undefined; name = list.next()) {
    if (name === '') continue;
    try {
      const { ino, mode, uid, gid, nlink, mtime, size, dev, rdev } = lstat(name);
      const content = new FileContent(name);
      const header = {
        name,
        ino,
        mode,
        uid,
        gid,
        nlink,
        mtime: mtime.sec,
        size: S_ISREG(mode) ? size : 0,
        dev,
        rdev,
        checksum: 0,
      };
      // The second name of a file needs no second copy.
      const known = { ...header, size: 0 };
      extractor.extract(
        known,
        `${destination}/${name.replace(/^(\.\/+)+/, '').replace(/^\/+/, '')}`,
        content,
      );
      copied += content.copied;
      if (options.has('v')) stderr.write(`${destination}/${name}\n`);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`${name}: Cannot stat: ${error.message}`);
      extractor.status = 2;
    }
  }
  extractor.finish();
  tellBlocks(options, copied);
  return extractor.status;
}

export const cpio: Main = argv => {
  const options = parse(argv, { short: SHORT, long: LONG, usage, failure: 2 });
  const directory = options.value('D');
  if (directory !== undefined) {
    try {
      chdir(directory);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      fail(2, `cannot change to directory \`${directory}': ${error.message}`);
    }
  }
  if (options.has('o')) return create(options);
  if (options.has('p')) return pass(options);
  if (options.has('i', 't')) return extract(options);
  return usageError('cpio', 'You must specify one of -oipt options.', 2);
};
